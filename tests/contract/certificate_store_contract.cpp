#include "tests/contract/certificate_store_contract.h"

namespace certconnector::contract {
namespace {

using core::RevocationReason;
using core::RevokeChange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_P(CertificateStoreContract, KeepsACertificateUnderItsKey) {
  record(1);
  under_test_->restart();
  const auto found = store().find(kStoreCa, {key_of(1), key_of(2)}).value();
  ASSERT_TRUE(found.at(0));
  EXPECT_FALSE(found.at(1));
  const core::CertificateEntry& entry = found.at(0)->entry;
  EXPECT_EQ(entry.key, key_of(1));
  EXPECT_EQ(entry.template_name, "device");
  EXPECT_EQ(entry.certificate.certificate, Bytes(50, 1));
  EXPECT_EQ(entry.certificate.serial, serial_of(1));
  EXPECT_EQ(entry.certificate.not_before, after_start(0));
  EXPECT_EQ(entry.certificate.not_after, after_start(86400));
  EXPECT_FALSE(found.at(0)->revocation);
}

TEST_P(CertificateStoreContract, AKeyThatHasACertificateKeepsIt) {
  record(1);
  core::CertificateEntry other = entry_of(2);
  other.key = key_of(1);
  core::CertificateEntry twice = entry_of(4);
  twice.key = key_of(3);
  const auto standing =
      store().record(kStoreCa, {other, entry_of(3), other, twice}, after_start(2)).value();
  ASSERT_EQ(standing.size(), 4U);
  EXPECT_EQ(standing[0].serial, serial_of(1));
  EXPECT_EQ(standing[1].serial, serial_of(3));
  EXPECT_EQ(standing[2].serial, serial_of(1));
  EXPECT_EQ(standing[3].serial, serial_of(3)) << "in one batch as well";
  EXPECT_EQ(store().count(kStoreCa).value(), 2U);
}

TEST_P(CertificateStoreContract, FindsBySerialAndThumbprints) {
  record(1);
  const Bytes der(50, 1);
  EXPECT_TRUE(known({serial_of(1), {}}));
  EXPECT_TRUE(known({{}, crypto::view(crypto::sha1(der)).to_bytes()}));
  EXPECT_TRUE(known({{}, crypto::view(crypto::sha256(der)).to_bytes()}));
  EXPECT_FALSE(known({serial_of(2), {}}));
  EXPECT_FALSE(known({{}, Bytes(32, 1)}));
  EXPECT_FALSE(known({{}, Bytes(20, 1)}));
  EXPECT_FALSE(known({{}, Bytes(7, 1)}));
  EXPECT_FALSE(known({}));
}

TEST_P(CertificateStoreContract, FindsSerialsByTheirBeginning) {
  record(0x1a);
  record(0x1b);
  record(0x2c);
  const auto found = [this](const std::string& digits, std::size_t max = 10) {
    return store().serials_with_beginning(digits, max).value();
  };
  EXPECT_THAT(found("1a"), ElementsAre(serial_of(0x1a)));
  EXPECT_THAT(found("1a1"), ElementsAre(serial_of(0x1a))) << "half an octet";
  EXPECT_THAT(found("1"), ElementsAre(serial_of(0x1a), serial_of(0x1b)));
  EXPECT_THAT(found("", 2), ElementsAre(serial_of(0x1a), serial_of(0x1b)));
  EXPECT_THAT(found("2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c"), ElementsAre(serial_of(0x2c)));
  for (const char* none : {"1a2", "2d", "c", "2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c", "no"}) {
    EXPECT_THAT(found(none), IsEmpty()) << none;
  }
}

TEST_P(CertificateStoreContract, CasDoNotSeeEachOthersCertificates) {
  record(1);
  EXPECT_FALSE(store().find(kAnotherCa, core::CertificateId{serial_of(1), {}}).value().has_value());
  ASSERT_TRUE(store().record(kAnotherCa, {entry_of(1)}, after_start(1)).ok());
  EXPECT_EQ(store().count(kStoreCa).value(), 1U);
  EXPECT_EQ(store().count(kAnotherCa).value(), 1U);
  EXPECT_EQ(revoke(1, RevocationReason::superseded).change, RevokeChange::revoked);
  EXPECT_FALSE(store().find(kAnotherCa, core::CertificateId{serial_of(1), {}}).value()->revocation);
  EXPECT_EQ(store().revocation_generation(kAnotherCa).value(), 0U);
  std::size_t others = 0;
  ASSERT_TRUE(store()
                  .for_each_revoked(kAnotherCa, after_start(0),
                                    [&](const core::RevokedSerial&) { ++others; })
                  .ok());
  EXPECT_EQ(others, 0U);
}

// The table of certificate_rules.h.
TEST_P(CertificateStoreContract, ARevocationFollowsTheRulesOfHolds) {
  constexpr auto kHold = RevocationReason::certificate_hold;
  constexpr auto kLift = RevocationReason::remove_from_crl;
  constexpr auto kStolen = RevocationReason::key_compromise;
  struct Row {
    std::optional<RevocationReason> standing;
    RevocationReason asked;
    RevokeChange change;
    std::optional<RevocationReason> stands_after;
  };
  const std::vector<Row> table{
      {{}, kStolen, RevokeChange::revoked, kStolen},
      {{}, kHold, RevokeChange::revoked, kHold},
      {{}, kLift, RevokeChange::not_held, {}},
      {kHold, kStolen, RevokeChange::revoked, kStolen},
      {kHold, kHold, RevokeChange::already_revoked, kHold},
      {kHold, kLift, RevokeChange::hold_lifted, {}},
      {kStolen, kStolen, RevokeChange::already_revoked, kStolen},
      {kStolen, kHold, RevokeChange::already_revoked, kStolen},
      {kStolen, kLift, RevokeChange::not_held, kStolen},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    SCOPED_TRACE(i);
    const Row& row = table[i];
    under_test_ = GetParam().make();
    record(1);
    if (row.standing) revoke(1, *row.standing, after_start(3));
    const auto before = store().revocation_generation(kStoreCa).value();
    const auto result = revoke(1, row.asked, after_start(7));
    under_test_->restart();
    EXPECT_EQ(result.change, row.change);
    EXPECT_EQ(result.serial, serial_of(1));
    const auto stands = by_key(1)->revocation;
    EXPECT_EQ(stands ? std::make_optional(stands->reason) : std::nullopt, row.stands_after);
    EXPECT_EQ(result.standing.has_value(), row.stands_after.has_value());
    EXPECT_EQ(revoked().size(), row.stands_after ? 1U : 0U);
    const bool changed =
        row.change == RevokeChange::revoked || row.change == RevokeChange::hold_lifted;
    EXPECT_EQ(store().revocation_generation(kStoreCa).value() > before, changed);
    if (row.change == RevokeChange::already_revoked) {
      EXPECT_EQ(result.standing->at, after_start(3)) << "since when";
    }
  }
}

TEST_P(CertificateStoreContract, RevokesByThumbprintAndTellsTheSerial) {
  record(1);
  core::RevokeEntry entry;
  entry.id.thumbprint = crypto::view(crypto::sha1(Bytes(50, 1))).to_bytes();
  entry.revocation = {after_start(5), RevocationReason::superseded, after_start(-100)};
  const auto result = store().revoke(kStoreCa, {entry}, after_start(5)).value().front();
  EXPECT_EQ(result.change, RevokeChange::revoked);
  EXPECT_EQ(result.serial, serial_of(1));
  EXPECT_EQ(by_key(1)->revocation->invalidity_date, after_start(-100));
}

TEST_P(CertificateStoreContract, WhatIsUnknownIsNotRevoked) {
  EXPECT_EQ(revoke(1, RevocationReason::superseded).change, RevokeChange::unknown);
  EXPECT_EQ(store().revocation_generation(kStoreCa).value(), 0U);
}

TEST_P(CertificateStoreContract, ARevocationStandsWithoutItsCertificate) {
  const auto plant = [this](std::uint8_t number, RevocationReason reason) {
    under_test_->add_revoked(serial_of(number), after_start(100), {after_start(3), reason, {}});
  };
  plant(1, RevocationReason::key_compromise);
  plant(2, RevocationReason::certificate_hold);
  plant(3, RevocationReason::certificate_hold);
  under_test_->restart();
  EXPECT_THAT(revoked(), UnorderedElementsAre(serial_of(1), serial_of(2), serial_of(3)));
  EXPECT_THAT(revoked(after_start(100)), IsEmpty()) << "they have ended";
  EXPECT_FALSE(known({serial_of(1), {}}));

  const auto again = revoke(1, RevocationReason::superseded);
  EXPECT_EQ(again.change, RevokeChange::already_revoked);
  EXPECT_EQ(again.serial, serial_of(1));
  ASSERT_TRUE(again.standing);
  EXPECT_EQ(again.standing->at, after_start(3));
  EXPECT_EQ(revoke(2, RevocationReason::superseded).change, RevokeChange::revoked);
  EXPECT_EQ(revoke(2, RevocationReason::remove_from_crl).change, RevokeChange::not_held);
  EXPECT_EQ(revoke(3, RevocationReason::remove_from_crl).change, RevokeChange::hold_lifted);
  EXPECT_THAT(revoked(), UnorderedElementsAre(serial_of(1), serial_of(2)));
  EXPECT_EQ(revoke(3, RevocationReason::superseded).change, RevokeChange::unknown);
}

TEST_P(CertificateStoreContract, ACrlLeavesOutWhatHasExpired) {
  record(1, after_start(100));
  record(2, after_start(200));
  revoke(1, RevocationReason::superseded);
  revoke(2, RevocationReason::superseded);
  EXPECT_THAT(revoked(after_start(99)), UnorderedElementsAre(serial_of(1), serial_of(2)));
  EXPECT_THAT(revoked(after_start(100)), UnorderedElementsAre(serial_of(2)));
}

TEST_P(CertificateStoreContract, ACrlNumberIsNeverUsedTwice) {
  EXPECT_EQ(store().take_crl_number(kStoreCa, 1).value(), 1U);
  under_test_->restart();
  EXPECT_EQ(store().take_crl_number(kStoreCa, 1).value(), 2U);
  EXPECT_EQ(store().take_crl_number(kAnotherCa, 1).value(), 1U);
  EXPECT_FALSE(store().crl(kStoreCa).value());
  ASSERT_TRUE(store().save_crl(kStoreCa, {40, after_start(1), after_start(2), 7}).ok());
  under_test_->restart();
  const auto crl = store().crl(kStoreCa).value();
  ASSERT_TRUE(crl);
  EXPECT_EQ(crl->number, 40U);
  EXPECT_EQ(crl->this_update, after_start(1));
  EXPECT_EQ(crl->next_update, after_start(2));
  EXPECT_EQ(crl->entries, 7U);
  EXPECT_EQ(store().take_crl_number(kStoreCa, 1).value(), 41U);
  EXPECT_EQ(store().take_crl_number(kStoreCa, 1000).value(), 1000U);
  EXPECT_EQ(store().take_crl_number(kStoreCa, 1000).value(), 1001U);
}

TEST_P(CertificateStoreContract, PurgeForgetsTheExpiredInBoundedSteps) {
  for (std::uint8_t i = 1; i < 4; ++i) record(i, after_start(100 + i));
  record(9, after_start(500));
  EXPECT_EQ(store().purge_expired(after_start(101), 10).value(), 0U);
  EXPECT_EQ(store().purge_expired(after_start(104), 2).value(), 2U);
  EXPECT_EQ(store().purge_expired(after_start(104), 2).value(), 1U);
  EXPECT_EQ(store().purge_expired(after_start(104), 2).value(), 0U);
  EXPECT_EQ(store().count(kStoreCa).value(), 1U);
  EXPECT_FALSE(known({serial_of(1), {}}));
  EXPECT_FALSE(by_key(2));
  EXPECT_TRUE(known({serial_of(9), {}}));
}

TEST_P(CertificateStoreContract, PurgeForgetsARevocationWithoutItsCertificate) {
  const Timestamp nobody_knows = from_millis(253402300799000);  // RFC 5280 section 4.1.2.5
  const core::RevocationRecord revocation{after_start(3), RevocationReason::key_compromise, {}};
  for (std::uint8_t number = 1; number < 4; ++number) {
    under_test_->add_revoked(serial_of(number), after_start(100), revocation);
  }
  under_test_->add_revoked(serial_of(4), after_start(300), revocation);
  under_test_->add_revoked(serial_of(5), nobody_knows, revocation);
  const auto purged = [this] { return store().purge_expired(after_start(200), 2).value(); };
  EXPECT_EQ(purged(), 0U) << "no CRL yet";
  ASSERT_TRUE(store().save_crl(kStoreCa, {1, after_start(100), after_start(900), 1}).ok());
  EXPECT_EQ(purged(), 0U) << "none from after its end";
  ASSERT_TRUE(store().save_crl(kStoreCa, {2, after_start(101), after_start(900), 1}).ok());
  EXPECT_EQ(purged(), 2U) << "no more than asked";
  EXPECT_EQ(purged(), 1U);
  EXPECT_EQ(purged(), 0U);
  under_test_->restart();
  EXPECT_THAT(revoked(), UnorderedElementsAre(serial_of(4), serial_of(5)));
  ASSERT_TRUE(store().save_crl(kStoreCa, {3, after_start(9'000'000'000), after_start(1), 1}).ok());
  EXPECT_EQ(store().purge_expired(after_start(8'000'000'000), 10).value(), 1U);
  EXPECT_THAT(revoked(), UnorderedElementsAre(serial_of(5))) << "its end never comes";
}

TEST_P(CertificateStoreContract, PurgeKeepsARevokedCertificateForTheCrlAfterItsEnd) {
  record(1, after_start(100));
  revoke(1, RevocationReason::key_compromise);
  const auto purged = [this] { return store().purge_expired(after_start(200), 10).value(); };
  EXPECT_EQ(purged(), 0U) << "no CRL yet";
  ASSERT_TRUE(store().save_crl(kStoreCa, {1, after_start(100), after_start(900), 1}).ok());
  EXPECT_EQ(purged(), 0U) << "none from after its end";
  EXPECT_THAT(revoked(), UnorderedElementsAre(serial_of(1)));
  ASSERT_TRUE(store().save_crl(kStoreCa, {2, after_start(101), after_start(900), 1}).ok());
  EXPECT_EQ(purged(), 1U);
  EXPECT_THAT(revoked(), IsEmpty());
}

}  // namespace
}  // namespace certconnector::contract
