#include "agent/ca/earlier_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "agent/core/certificate_rules.h"
#include "common/crypto/errors.h"
#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/test_crl.h"
#include "tests/support/test_pki.h"

namespace certconnector::ca::testing {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::FakeClock;
using certconnector::testing::make_crl;
using certconnector::testing::make_self_signed;
using certconnector::testing::TestCrl;
using core::RevocationReason;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr Timestamp kNow = FakeClock::kStart;

CertificateSpec old_ca_spec(const std::string& name) {
  CertificateSpec spec;
  spec.subject = name;
  spec.ca = true;
  spec.key_usage = "keyCertSign,cRLSign";
  return spec;
}

Credential old_ca(const std::string& name = "CN=Old CA") {
  return make_self_signed(old_ca_spec(name));
}

CertificateSpec leaf(const std::string& subject, Timestamp not_after = kNow + hours(24 * 60)) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.not_after = not_after;
  return spec;
}

class EarlierRecords : public ::testing::Test {
 protected:
  Result<core::EarlierTaken> take(const TestCrl& crl) {
    return take_crl(ca_.certificate, make_crl(ca_, crl), store_, kNow);
  }
  std::map<Bytes, RevocationReason> revoked() {
    std::map<Bytes, RevocationReason> all;
    const auto visit = [&](const core::RevokedSerial& one) {
      all[one.serial] = one.revocation.reason;
    };
    EXPECT_TRUE(store_.for_each_revoked(fingerprint_of(ca_.certificate), kNow, visit).ok());
    return all;
  }

  const Credential ca_ = old_ca();
  MemoryCertificateStore store_;
};

TEST_F(EarlierRecords, TakesTheRevocationsOfACrlOnce) {
  TestCrl crl;
  crl.entries = {{{1}, kNow, 1}, {{2}, kNow, 6}, {{3}}, {{1}, kNow, 4}, {{4}, kNow, 7}};
  const auto first = take(crl);
  ASSERT_TRUE(first.ok()) << first.error().message();
  EXPECT_EQ(first->added, 4U);
  EXPECT_EQ(first->known, 1U) << "the second of one serial number";
  EXPECT_THAT(first->notes, IsEmpty());
  const std::map<Bytes, RevocationReason> all{{{1}, RevocationReason::key_compromise},
                                              {{2}, RevocationReason::certificate_hold},
                                              {{3}, RevocationReason::unspecified},
                                              {{4}, RevocationReason::unspecified}};
  EXPECT_EQ(revoked(), all);
  EXPECT_EQ(take(crl)->added, 0U);
  EXPECT_EQ(revoked(), all);
}

TEST_F(EarlierRecords, CrlNumbersGoOn) {
  TestCrl crl;
  crl.number = Bytes{0, 0xFF, 0xFF, 0xFF, 0xFF};
  ASSERT_TRUE(take(crl).ok());
  const auto ca = fingerprint_of(ca_.certificate);
  EXPECT_EQ(store_.take_crl_number(ca, 1).value(), 0x100000000U);
  crl.number = Bytes(20, 0x7F);
  const auto large = take(crl);
  ASSERT_TRUE(large.ok());
  EXPECT_THAT(large->notes, ElementsAre(HasSubstr("larger than the agent can count")));
  EXPECT_EQ(store_.take_crl_number(ca, 1).value(), 0x100000001U);
}

TEST_F(EarlierRecords, SaysWhatACrlLacks) {
  TestCrl crl;
  crl.entries = {{{1}, kNow, 8}, {{0x80}}, {{2}}};
  crl.next_update = kNow - hours(1);
  crl.more_extensions =
      certconnector::testing::test_extension("2.5.29.28", true, Bytes{0x30, 3, 0x81, 1, 0xFF});
  const auto taken = take(crl);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->added, 1U);
  EXPECT_THAT(taken->notes,
              UnorderedElementsAre(HasSubstr("expired on"), HasSubstr("distribution point"),
                                   HasSubstr("lift a hold"), HasSubstr("zero or negative")));
}

TEST_F(EarlierRecords, ACrlThatIsNotTakenChangesNothing) {
  TestCrl crl;
  crl.entries = {{{1}, kNow, 1}};
  const auto wrong = take_crl(old_ca().certificate, make_crl(ca_, crl), store_, kNow);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code(), crypto::error_code(crypto::CryptoErrc::bad_signature));
  for (int i = 0; i < 1200; ++i) crl.entries.push_back({{1, static_cast<std::uint8_t>(i % 100)}});
  crl.entries.push_back({{9}, kNow, {}, {1, 2, 3}});
  EXPECT_FALSE(take(crl).ok()) << "its last entry cannot be read";
  EXPECT_THAT(revoked(), IsEmpty());
}

TEST_F(EarlierRecords, TakesCertificatesOfThisCaAlone) {
  const Credential good = certconnector::testing::issue(ca_, leaf("CN=good"));
  const Credential expired =
      certconnector::testing::issue(ca_, leaf("CN=expired", kNow - hours(1)));
  const Credential foreign =
      certconnector::testing::issue(old_ca("CN=Another CA"), leaf("CN=foreign"));
  const Credential twin =
      certconnector::testing::issue(old_ca(), leaf("CN=another key of that name"));
  const std::vector<Bytes> all{good.certificate.der(),
                               expired.certificate.der(),
                               foreign.certificate.der(),
                               twin.certificate.der(),
                               Bytes{1, 2, 3},
                               ca_.certificate.der()};
  const auto taken = take_certificates(ca_.certificate, all, store_, kNow);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->added, 1U);
  EXPECT_EQ(taken->expired, 1U);
  EXPECT_EQ(taken->known, 1U) << "the CA itself";
  ASSERT_EQ(taken->refused.size(), 3U);
  EXPECT_EQ(taken->refused[0].index, 2U);
  EXPECT_THAT(taken->refused[0].why, HasSubstr("CN=Another CA"));
  EXPECT_EQ(taken->refused[1].index, 3U);
  EXPECT_THAT(taken->refused[1].why, HasSubstr("with another key"));
  EXPECT_EQ(taken->refused[2].index, 4U);
  const auto found = store_.find(fingerprint_of(ca_.certificate),
                                 core::CertificateId{good.certificate.serial(), {}});
  ASSERT_TRUE(found.value());
  EXPECT_EQ((*found)->entry.certificate.certificate, good.certificate.der());
  EXPECT_EQ(take_certificates(ca_.certificate, all, store_, kNow)->added, 0U);
}

// An embedded CA that was in use elsewhere.
class AdoptedCa : public LocalCaFixture {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        import_ca(settings_, {old_.certificate.to_pem(), old_.key_pem(), {}, {}}, keys_, clock_)
            .ok());
    reopen();
  }
  void was_elsewhere() {
    ASSERT_TRUE(certificate_store_.note_earlier_issues(ca_->describe().fingerprint).ok());
  }
  Result<std::optional<core::CertificateRecord>> recognize(const crypto::Certificate& one) {
    return ca_->recognize(one);
  }

  // The serial number of a certificate that is issued and revoked.
  Bytes issue_device() {
    const auto request = make_request({});
    const Bytes serial = LocalCaFixture::issue(submission(request)).certificate.serial;
    EXPECT_TRUE(std::holds_alternative<core::Revoked>(
        revoke({serial, {}}, RevocationReason::key_compromise)));
    return serial;
  }

  const Credential old_ = old_ca();
  const Credential good_ = certconnector::testing::issue(old_, leaf("CN=good"));
};

TEST_F(AdoptedCa, RevokesWhatItIssuedElsewhere) {
  const core::CertificateId id{good_.certificate.serial(), {}};
  EXPECT_THAT(denial(revoke(id, RevocationReason::superseded)).message,
              HasSubstr("no such certificate"));
  was_elsewhere();
  const auto answer = revoke(id, RevocationReason::superseded);
  EXPECT_TRUE(std::holds_alternative<core::Revoked>(answer));
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_THAT(crl_text(), HasSubstr("Superseded"));
  const core::CertificateId by_thumbprint{{}, Bytes(20, 7)};
  EXPECT_THAT(denial(revoke(by_thumbprint, RevocationReason::superseded)).message,
              HasSubstr("by its serial number"));
}

TEST_F(AdoptedCa, RecognizesWhatItSigned) {
  EXPECT_FALSE(recognize(good_.certificate).value()) << "a CA that was created here knows all";
  was_elsewhere();
  const auto found = recognize(good_.certificate).value();
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->revocation);
  EXPECT_NE(found->lineage.value, 0) << "it is recorded: renewals count against it";
  EXPECT_EQ(certificate_store_.count(ca_->describe().fingerprint).value(), 1U);

  const Credential twin = certconnector::testing::issue(old_ca(), leaf("CN=twin"));
  EXPECT_FALSE(recognize(twin.certificate).value()) << "another key of that name";
  const Credential below = certconnector::testing::issue(old_, [] {
    CertificateSpec spec = leaf("CN=below");
    spec.ca = true;
    return spec;
  }());
  EXPECT_FALSE(recognize(below.certificate).value()) << "a CA does not renew as a device";
  EXPECT_EQ(certificate_store_.count(ca_->describe().fingerprint).value(), 1U);
}

TEST_F(AdoptedCa, ARevokedCertificateIsRecognizedAsRevoked) {
  was_elsewhere();
  const auto fingerprint = ca_->describe().fingerprint;
  ASSERT_TRUE(certificate_store_
                  .record_earlier(fingerprint, {{good_.certificate.serial(),
                                                 {},
                                                 {kNow, RevocationReason::key_compromise, {}}}})
                  .ok());
  const auto found = recognize(good_.certificate).value();
  ASSERT_TRUE(found && found->revocation);
  EXPECT_EQ(found->revocation->reason, RevocationReason::key_compromise);
}

TEST_F(AdoptedCa, AnotherCertificateOfTheCaTakesItsPlace) {
  const auto device = issue_device();
  ASSERT_TRUE(ca_->publish_now().ok());
  const auto number = ca_->last_published()->number;
  CertificateSpec spec = old_ca_spec("CN=Old CA");
  spec.not_after = kNow + hours(24 * 365 * 30);
  const auto renewed = certconnector::testing::issue_for_key(old_, spec, old_.key);
  ASSERT_NE(renewed.der(), old_.certificate.der());
  ASSERT_TRUE(import_ca(settings_, {renewed.to_pem(), {}, {}, {}}, keys_, clock_).ok());
  reopen();
  EXPECT_EQ(ca_->describe().fingerprint, fingerprint_of(renewed));
  const auto found = ca_->find_certificate({device, {}}).value();
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->revocation) << "a revoked certificate never becomes good again";
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_THAT(crl_text(), HasSubstr("Key Compromise"));
  EXPECT_GT(ca_->last_published()->number, number);
}

TEST_F(AdoptedCa, AFileThatAPersonReplacedIsTheSameCa) {
  const auto device = issue_device();
  ASSERT_TRUE(ca_->publish_now().ok());
  const auto renewed =
      certconnector::testing::issue_for_key(old_, old_ca_spec("CN=Old CA"), old_.key);
  directory_.write("ca/certificate.pem", renewed.to_pem());
  EXPECT_TRUE(local_backend().check_database(section(), certificate_store_).ok());
  reopen();
  EXPECT_TRUE(ca_->find_certificate({device, {}}).value()->revocation);
}

TEST_F(AdoptedCa, AnotherNameOrKeyIsAnotherCa) {
  const auto other_name =
      certconnector::testing::issue_for_key(old_, old_ca_spec("CN=New name"), old_.key);
  const auto refused = import_ca(settings_, {other_name.to_pem(), {}, {}, {}}, keys_, clock_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("is not replaced"));
  const Credential other = old_ca();
  EXPECT_FALSE(
      import_ca(settings_, {other.certificate.to_pem(), other.key_pem(), {}, {}}, keys_, clock_)
          .ok());
  EXPECT_EQ(directory_.read("ca/certificate.pem"), old_.certificate.to_pem());
}

}  // namespace
}  // namespace certconnector::ca::testing
