#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/certificate_store_contract.h"

namespace certconnector::contract {
namespace {

using core::RevocationReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(CertificateListContract, TheNewestComesFirstWithAllThatIsKnown) {
  revoke_named("CN=phone 3,O=Test");
  under_test_->restart();
  const auto all = store().list({}).value();
  EXPECT_THAT(names(all),
              ElementsAre("laptop 5", "Tablet 4", "phone 3", "phone 2", "phone 1", "laptop 0"));
  EXPECT_FALSE(all.next);
  EXPECT_FALSE(all.searched_to);
  const core::ListedCertificate& phone = all.certificates.at(2);
  EXPECT_EQ(phone.ca, kStoreCa);
  EXPECT_EQ(phone.key.recorded, after_start(40));
  EXPECT_LT(phone.key.entry, all.certificates.at(1).key.entry);
  EXPECT_EQ(phone.record.entry.template_name, "device");
  EXPECT_EQ(phone.record.entry.holder.source, core::JobSource::scep);
  EXPECT_EQ(phone.record.entry.holder.instance, "phones");
  EXPECT_EQ(phone.record.entry.holder.device, "device-1");
  EXPECT_EQ(phone.record.entry.holder.transaction_id, "t3");
  ASSERT_TRUE(phone.record.revocation);
  EXPECT_EQ(phone.record.revocation->reason, RevocationReason::superseded);
  EXPECT_FALSE(all.certificates.at(1).record.revocation);
}

TEST_P(CertificateListContract, FiltersOfListsCombine) {
  add({"phone 6", "device-1", "t6"}, kAnotherCa);
  core::CertificateFilter filter;
  filter.device = "device-1";
  EXPECT_THAT(list(filter), ElementsAre("phone 6", "phone 3", "phone 1"));
  filter.ca = kStoreCa;
  EXPECT_THAT(list(filter), ElementsAre("phone 3", "phone 1"));
  filter.subject = "PHONE 1";
  EXPECT_THAT(list(filter), ElementsAre("phone 1"));
  filter.since = after_start(30);
  EXPECT_THAT(list(filter), IsEmpty());
  filter = {};
  filter.transaction_id = "t2";
  EXPECT_THAT(list(filter), ElementsAre("laptop 5", "phone 2"));
  filter.subject = "phone";
  EXPECT_THAT(list(filter), ElementsAre("phone 2"));
  filter.service = "printers";
  EXPECT_THAT(list(filter), IsEmpty());
  filter = {};
  filter.service = "phones";
  EXPECT_THAT(list(filter), ElementsAre("phone 6", "laptop 5", "phone 3", "phone 2", "phone 1"));
  filter.service = "default";
  EXPECT_THAT(list(filter), IsEmpty()) << "the name of an endpoint";
  filter = {};
  filter.ca = core::CaFingerprint(64, 'c');
  EXPECT_THAT(list(filter), IsEmpty());
  filter = {};
  filter.transaction_id = "";
  EXPECT_THAT(list(filter), ElementsAre("Tablet 4", "laptop 0"));
  filter = {};
  filter.device = "";
  EXPECT_THAT(list(filter), ElementsAre("Tablet 4", "laptop 0"));
}

TEST_P(CertificateListContract, ARangeOfTimeHasBothItsEnds) {
  core::CertificateFilter filter;
  filter.since = after_start(20);
  filter.until = after_start(40);
  EXPECT_THAT(list(filter), ElementsAre("phone 3", "phone 2", "phone 1"));
  filter.subject = "phone 2";
  EXPECT_THAT(list(filter), ElementsAre("phone 2"));
  filter = {};
  filter.since = after_start(50);
  EXPECT_THAT(list(filter), ElementsAre("laptop 5", "Tablet 4"));
  filter = {};
  filter.until = after_start(9);
  EXPECT_THAT(list(filter), IsEmpty());
}

TEST_P(CertificateListContract, FindsAPartOfTheSubjectInAnyLetterCase) {
  EXPECT_THAT(list(with_subject("TABLET")), ElementsAre("Tablet 4"));
  EXPECT_THAT(list(with_subject("top 5,o=t")), ElementsAre("laptop 5"));
  EXPECT_THAT(list(with_subject("la")), ElementsAre("laptop 5", "laptop 0")) << "of two octets";
  EXPECT_THAT(list(with_subject("lapt0p")), IsEmpty());
  EXPECT_EQ(list(with_subject("")).size(), 6U);
}

TEST_P(CertificateListContract, EachCertificateHasALineage) {
  const auto all = store().list({}).value();
  const core::ListedCertificate& phone = all.certificates.at(2);
  EXPECT_NE(phone.record.lineage.value, 0);
  core::CertificateFilter filter;
  filter.lineage = phone.record.lineage;
  EXPECT_THAT(list(filter), ElementsAre("phone 3"));
  filter.device = "device-2";
  EXPECT_THAT(list(filter), IsEmpty());
}

TEST_P(CertificateListContract, PagesOfEveryFilterFollowEachOther) {
  core::CertificateFilter filters[4];
  filters[1].subject = "phone";
  filters[2].device = "device-2";
  filters[3].until = after_start(60);
  for (core::CertificateFilter& filter : filters) {
    SCOPED_TRACE(&filter - filters);
    const std::vector<std::string> all = list(filter);
    std::vector<std::string> paged;
    filter.limit = 1;
    for (std::size_t i = 0; i <= all.size(); ++i) {
      const auto page = store().list(filter).value();
      EXPECT_FALSE(page.searched_to);
      for (std::string& name : names(page)) paged.push_back(std::move(name));
      if (!page.next) break;
      filter.after = page.next;
      under_test_->restart();
    }
    EXPECT_EQ(paged, all);
  }
}

TEST_P(CertificateListContract, ANewOneChangesNoLaterPage) {
  core::CertificateFilter filter;
  filter.limit = 4;
  filter.after = store().list(filter).value().next;
  add({"phone 6", "device-6", "t6"});
  EXPECT_THAT(list(filter), ElementsAre("phone 1", "laptop 0"));
}

TEST_P(CertificateListContract, FindsByNameAtEveryCa) {
  const auto one = testing::named_certificate("CN=phone 3,O=Test", after_start(86400));
  add({"phone 3", "", ""}, kAnotherCa);
  const auto named = store().find(core::CertificateId{one.serial, {}}).value();
  ASSERT_EQ(named.size(), 2U);
  EXPECT_EQ(named[0].ca, kAnotherCa) << "the newest first";
  EXPECT_EQ(named[1].ca, kStoreCa);
  EXPECT_EQ(named[1].record.entry.holder.device, "device-1");
  for (const Bytes& thumbprint : {crypto::view(crypto::sha1(one.certificate)).to_bytes(),
                                  crypto::view(crypto::sha256(one.certificate)).to_bytes()}) {
    EXPECT_EQ(store().find(core::CertificateId{{}, thumbprint}).value().size(), 2U);
  }
  EXPECT_THAT(store().find(core::CertificateId{serial_of(9), {}}).value(), IsEmpty());
  EXPECT_THAT(store().find(core::CertificateId{{}, Bytes(7, 1)}).value(), IsEmpty());
  EXPECT_THAT(store().find(core::CertificateId{}).value(), IsEmpty());
}

TEST_P(CertificateListContract, WhatIsPurgedIsInNoList) {
  ASSERT_EQ(store().purge_expired(after_start(86401), 2).value(), 2U);
  EXPECT_EQ(list({}).size(), 4U);
  EXPECT_EQ(list(with_subject("o=test")).size(), 4U);
}

}  // namespace
}  // namespace certconnector::contract
