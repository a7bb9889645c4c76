// The part of the certificate store's contract about CAs that were in use elsewhere before.
#include "agent/core/certificate_rules.h"
#include "tests/contract/certificate_store_contract.h"

namespace certconnector::contract {
namespace {

using core::EarlierCertificate;
using core::RevocationReason;
using core::RevokeChange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

core::CaKeyId ca_key(std::uint8_t number) {
  core::CaKeyId key{};
  key.fill(number);
  return key;
}

const core::CaFingerprint kNewFingerprint(64, 'c');
constexpr std::int64_t kFarFuture = 3'000'000'000;  // seconds after the start

class EarlierContract : public CertificateStoreContract {
 protected:
  core::EarlierRevocations bring(std::uint8_t number, RevocationReason reason,
                                 std::optional<Timestamp> not_after = {}) {
    return store()
        .record_earlier(kStoreCa, {{serial_of(number), not_after, {after_start(2), reason, {}}}})
        .value();
  }
  EarlierCertificate bring(const core::CertificateEntry& entry) {
    return store().record_earlier(kStoreCa, {entry}, after_start(3)).value().front();
  }
  std::optional<core::RevocationRecord> standing(std::uint8_t number) {
    std::optional<core::RevocationRecord> found;
    const auto visit = [&](const core::RevokedSerial& one) {
      if (one.serial == serial_of(number)) found = one.revocation;
    };
    EXPECT_TRUE(store().for_each_revoked(kStoreCa, after_start(0), visit).ok());
    return found;
  }
  RevokeChange revoke_serial(const Bytes& serial) {
    core::RevokeEntry entry;
    entry.id.serial = serial;
    entry.revocation.at = after_start(5);
    return store().revoke(kStoreCa, {entry}, after_start(5)).value().front().change;
  }
};

TEST_P(EarlierContract, ARevocationWithoutAKnownEndStandsForGood) {
  EXPECT_EQ(bring(1, RevocationReason::key_compromise).added, 1U);
  EXPECT_GT(store().revocation_generation(kStoreCa).value(), 0U);
  under_test_->restart();
  EXPECT_THAT(revoked(after_start(kFarFuture)), ElementsAre(serial_of(1)));
  const auto stands = standing(1);
  ASSERT_TRUE(stands);
  EXPECT_EQ(stands->at, after_start(2));
  EXPECT_EQ(stands->reason, RevocationReason::key_compromise);
}

TEST_P(EarlierContract, ARevocationWithAKnownEndStandsUntilThen) {
  EXPECT_EQ(bring(1, RevocationReason::superseded, after_start(100)).added, 1U);
  EXPECT_THAT(revoked(after_start(99)), ElementsAre(serial_of(1)));
  EXPECT_THAT(revoked(after_start(100)), IsEmpty());
}

TEST_P(EarlierContract, AnEndThatBecomesKnownCounts) {
  bring(1, RevocationReason::superseded);
  EXPECT_EQ(bring(1, RevocationReason::superseded, after_start(100)).known, 1U);
  EXPECT_THAT(revoked(after_start(99)), ElementsAre(serial_of(1)));
  EXPECT_THAT(revoked(after_start(100)), IsEmpty());
  bring(1, RevocationReason::superseded, after_start(50));
  EXPECT_THAT(revoked(after_start(99)), ElementsAre(serial_of(1))) << "a known end stays";
}

TEST_P(EarlierContract, ARevocationIsNotUndoneOrChanged) {
  record(1);
  revoke(1, RevocationReason::key_compromise, after_start(4));
  const auto generation = store().revocation_generation(kStoreCa).value();
  EXPECT_EQ(bring(1, RevocationReason::superseded).known, 1U);
  EXPECT_EQ(bring(1, RevocationReason::certificate_hold).known, 1U);
  EXPECT_EQ(standing(1)->reason, RevocationReason::key_compromise);
  EXPECT_EQ(standing(1)->at, after_start(4));
  EXPECT_EQ(store().revocation_generation(kStoreCa).value(), generation);
  bring(2, RevocationReason::certificate_hold);
  EXPECT_EQ(bring(2, RevocationReason::superseded).added, 1U) << "a hold becomes final";
  EXPECT_EQ(standing(2)->reason, RevocationReason::superseded);
}

TEST_P(EarlierContract, ARevocationBelongsToTheCertificateThatIsThere) {
  record(1, after_start(100));
  bring(1, RevocationReason::superseded);
  EXPECT_TRUE(by_key(1)->revocation);
  EXPECT_THAT(revoked(after_start(100)), IsEmpty()) << "the certificate's end counts";
}

TEST_P(EarlierContract, ACertificateIsAddedOnce) {
  EXPECT_EQ(bring(entry_of(1)), EarlierCertificate::added);
  EXPECT_EQ(bring(entry_of(1)), EarlierCertificate::known);
  core::CertificateEntry same = entry_of(1);
  same.key = key_of(9);
  EXPECT_EQ(bring(same), EarlierCertificate::known) << "whatever its key";
  under_test_->restart();
  EXPECT_TRUE(known({serial_of(1), {}}));
  EXPECT_EQ(store().count(kStoreCa).value(), 1U);
}

TEST_P(EarlierContract, ASerialNumberHasOneCertificate) {
  record(1);
  core::CertificateEntry other = entry_of(2);
  other.certificate.serial = serial_of(1);
  EXPECT_EQ(bring(other), EarlierCertificate::other);
  EXPECT_EQ(store().count(kStoreCa).value(), 1U);
}

TEST_P(EarlierContract, ACertificateFindsItsRevocation) {
  bring(1, RevocationReason::superseded);
  bring(entry_of(1, after_start(100)));
  under_test_->restart();
  const auto found = store().find(kStoreCa, core::CertificateId{serial_of(1), {}}).value();
  ASSERT_TRUE(found && found->revocation);
  EXPECT_EQ(found->revocation->at, after_start(2));
  EXPECT_THAT(revoked(after_start(99)), ElementsAre(serial_of(1)));
  EXPECT_THAT(revoked(after_start(100)), IsEmpty()) << "its end is known now";
  EXPECT_EQ(store().purge_expired(after_start(200), 10).value(), 0U) << "no CRL from after its end";
  ASSERT_TRUE(store().save_crl(kStoreCa, {1, after_start(101), after_start(900), 1}).ok());
  EXPECT_EQ(store().purge_expired(after_start(200), 10).value(), 1U) << "both go";
}

TEST_P(EarlierContract, ACaThatIssuedMoreRevokesAnySerialNumber) {
  EXPECT_FALSE(store().may_have_issued_more(kStoreCa).value());
  EXPECT_EQ(revoke_serial(serial_of(7)), RevokeChange::unknown);
  ASSERT_TRUE(store().note_earlier_issues(kStoreCa).ok());
  under_test_->restart();
  EXPECT_TRUE(store().may_have_issued_more(kStoreCa).value());
  EXPECT_FALSE(store().may_have_issued_more(kAnotherCa).value());
  EXPECT_EQ(revoke_serial(serial_of(7)), RevokeChange::revoked);
  EXPECT_EQ(revoke_serial(serial_of(7)), RevokeChange::already_revoked);
  EXPECT_THAT(revoked(after_start(kFarFuture)), ElementsAre(serial_of(7)));
  EXPECT_EQ(revoke_serial(Bytes(20, 0x7f)), RevokeChange::revoked);
  for (const Bytes& bad : {Bytes(), Bytes(21, 1), Bytes{0, 1}}) {
    EXPECT_EQ(revoke_serial(bad), RevokeChange::unknown);
  }
  core::RevokeEntry by_thumbprint;
  by_thumbprint.id.thumbprint = Bytes(20, 1);
  EXPECT_EQ(store().revoke(kStoreCa, {by_thumbprint}, after_start(5)).value().front().change,
            RevokeChange::unknown);
}

TEST_P(EarlierContract, CrlNumbersGoOnBeyondTheEarlierOnes) {
  ASSERT_TRUE(store().raise_crl_number(kStoreCa, 4711).ok());
  under_test_->restart();
  EXPECT_EQ(store().take_crl_number(kStoreCa, 1).value(), 4712U);
  ASSERT_TRUE(store().raise_crl_number(kStoreCa, 5).ok());
  EXPECT_EQ(store().take_crl_number(kStoreCa, 1).value(), 4713U);
}

TEST_P(EarlierContract, AnotherCertificateOfTheCaKeepsEverything) {
  ASSERT_TRUE(store().name_ca(kStoreCa, ca_key(1)).ok());
  record(1);
  record(2);
  revoke(1, RevocationReason::key_compromise);
  ASSERT_TRUE(store().take_crl_number(kStoreCa, 40).ok());
  const auto generation = store().revocation_generation(kStoreCa).value();
  ASSERT_TRUE(store().name_ca(kNewFingerprint, ca_key(1)).ok());
  under_test_->restart();
  EXPECT_EQ(store().count(kNewFingerprint).value(), 2U);
  EXPECT_TRUE(store().knows_ca(kNewFingerprint).value());
  const auto found = store().find(kNewFingerprint, core::CertificateId{serial_of(1), {}}).value();
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->revocation);
  EXPECT_EQ(store().take_crl_number(kNewFingerprint, 1).value(), 41U);
  EXPECT_GT(store().revocation_generation(kNewFingerprint).value(), generation);
  ASSERT_TRUE(store().record(kNewFingerprint, {entry_of(3)}, after_start(9)).ok());
  EXPECT_EQ(store().count(kNewFingerprint).value(), 3U);
}

TEST_P(EarlierContract, TheFormerFingerprintMeansTheSameCa) {
  ASSERT_TRUE(store().name_ca(kStoreCa, ca_key(1)).ok());
  record(1);
  ASSERT_TRUE(store().name_ca(kNewFingerprint, ca_key(1)).ok());
  under_test_->restart();
  EXPECT_TRUE(store().knows_ca(kStoreCa).value());
  EXPECT_EQ(store().count(kStoreCa).value(), 1U);
  revoke(1, RevocationReason::key_compromise);
  EXPECT_THAT(revoked(), ElementsAre(serial_of(1))) << "nothing begins anew";
  EXPECT_EQ(store().revocation_generation(kStoreCa).value(),
            store().revocation_generation(kNewFingerprint).value());
  const auto number = store().take_crl_number(kStoreCa, 1).value();
  EXPECT_EQ(store().take_crl_number(kNewFingerprint, 1).value(), number + 1);
  ASSERT_TRUE(store().name_ca(kStoreCa, ca_key(1)).ok());
  EXPECT_EQ(store().count(kNewFingerprint).value(), 1U) << "its name changes nothing";
  ASSERT_TRUE(store().name_ca(kAnotherCa, ca_key(1)).ok());
  for (const auto& ca : {kStoreCa, kNewFingerprint, kAnotherCa}) {
    EXPECT_EQ(store().count(ca).value(), 1U) << "a third one too";
  }
}

TEST_P(EarlierContract, AnotherKeyIsAnotherCa) {
  ASSERT_TRUE(store().name_ca(kStoreCa, ca_key(1)).ok());
  record(1);
  ASSERT_TRUE(store().name_ca(kAnotherCa, ca_key(2)).ok());
  EXPECT_EQ(store().count(kStoreCa).value(), 1U);
  EXPECT_EQ(store().count(kAnotherCa).value(), 0U);
}

TEST_P(EarlierContract, ACaThatHasCertificatesOfItsOwnKeepsThem) {
  ASSERT_TRUE(store().name_ca(kStoreCa, ca_key(1)).ok());
  record(1);
  ASSERT_TRUE(store().record(kAnotherCa, {entry_of(2)}, after_start(1)).ok());
  ASSERT_TRUE(store().name_ca(kAnotherCa, ca_key(1)).ok());
  EXPECT_EQ(store().count(kStoreCa).value(), 1U);
  EXPECT_EQ(store().count(kAnotherCa).value(), 1U);
}

TEST_P(EarlierContract, NamingACaAgainChangesNothing) {
  ASSERT_TRUE(store().name_ca(kStoreCa, ca_key(1)).ok());
  record(1);
  ASSERT_TRUE(store().name_ca(kStoreCa, ca_key(1)).ok());
  under_test_->restart();
  EXPECT_EQ(store().count(kStoreCa).value(), 1U);
  EXPECT_EQ(store().revocation_generation(kStoreCa).value(), 0U);
}

INSTANTIATE_TEST_SUITE_P(On, EarlierContract, ::testing::ValuesIn(certificate_stores()),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace certconnector::contract
