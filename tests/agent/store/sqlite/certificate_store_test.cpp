#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/store/sqlite/sqlite_certificate_store.h"
#include "common/crypto/digest.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using core::RevocationReason;
using core::RevokeChange;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

core::IdempotencyKey key_of(std::uint32_t number) {
  const crypto::Sha256 digest = crypto::sha256(as_bytes(std::to_string(number)));
  core::IdempotencyKey key{};
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

Bytes serial_of(std::uint32_t number) {
  const crypto::Sha1 digest = crypto::sha1(as_bytes("serial " + std::to_string(number)));
  return {digest.begin(), digest.begin() + 16};
}

core::CertificateEntry certificate(std::uint32_t number, Timestamp not_after = at(86400)) {
  core::CertificateEntry entry;
  entry.key = key_of(number);
  entry.template_name = "device";
  entry.certificate = issued("certificate " + std::to_string(number)).certificate;
  entry.certificate.serial = serial_of(number);
  entry.certificate.not_after = not_after;
  return entry;
}

core::RevokeEntry revocation(std::uint32_t number, RevocationReason reason,
                             Timestamp when = at(5)) {
  core::RevokeEntry entry;
  entry.id.serial = serial_of(number);
  entry.revocation = {when, reason, {}};
  return entry;
}

class SqliteCertificateStoreTest : public ::testing::Test {
 protected:
  SqliteCertificateStoreTest() { reopen(); }

  void reopen() {
    certificate_store_.reset();
    CertificateStoreOptions options;
    options.path = folder_.file("inventory.db");
    auto opened = SqliteCertificateStore::open(options);
    if (!opened.ok()) {
      ADD_FAILURE() << opened.error().message();
      std::abort();
    }
    certificate_store_ = std::move(opened).value();
  }
  void record(std::uint32_t number, Timestamp not_after = at(86400)) {
    ASSERT_TRUE(certificate_store_->record(kCa, {certificate(number, not_after)}, at(1)).ok());
  }
  core::RevokeResult revoke(std::uint32_t number, RevocationReason reason, Timestamp when = at(5)) {
    const auto results = certificate_store_->revoke(kCa, {revocation(number, reason, when)}, when);
    EXPECT_TRUE(results.ok() && results->size() == 1);
    return results->front();
  }
  std::vector<Bytes> revoked(Timestamp expires_after = at(0)) {
    std::vector<Bytes> serials;
    EXPECT_TRUE(certificate_store_
                    ->for_each_revoked(
                        kCa, expires_after,
                        [&](const core::RevokedSerial& entry) { serials.push_back(entry.serial); })
                    .ok());
    return serials;
  }
  bool known(const core::CertificateId& id) {
    return certificate_store_->find(kCa, id)->has_value();
  }

  certconnector::testing::TempDirectory folder_;
  std::unique_ptr<SqliteCertificateStore> certificate_store_;
};

TEST_F(SqliteCertificateStoreTest, KeepsACertificateUnderItsKey) {
  record(1);
  reopen();
  const auto found = certificate_store_->find(kCa, {key_of(1), key_of(2)});
  ASSERT_TRUE(found.ok());
  ASSERT_TRUE(found->at(0));
  EXPECT_FALSE(found->at(1));
  const core::CertificateEntry& entry = found->at(0)->entry;
  EXPECT_EQ(entry.key, key_of(1));
  EXPECT_EQ(entry.template_name, "device");
  EXPECT_EQ(entry.certificate.certificate, certificate(1).certificate.certificate);
  EXPECT_EQ(entry.certificate.serial, serial_of(1));
  EXPECT_EQ(entry.certificate.not_before, at(0));
  EXPECT_EQ(entry.certificate.not_after, at(86400));
  EXPECT_FALSE(found->at(0)->revocation);
}

TEST_F(SqliteCertificateStoreTest, AKeyThatHasACertificateKeepsIt) {
  record(1);
  core::CertificateEntry other = certificate(2);
  other.key = key_of(1);
  const auto standing = certificate_store_->record(kCa, {other, certificate(3), other}, at(2));
  ASSERT_TRUE(standing.ok());
  EXPECT_EQ(standing->at(0).serial, serial_of(1));
  EXPECT_EQ(standing->at(1).serial, serial_of(3));
  EXPECT_EQ(standing->at(2).serial, serial_of(1));
  EXPECT_EQ(*certificate_store_->count(kCa), 2U);
}

TEST_F(SqliteCertificateStoreTest, OneKeyTwiceInABatchIsOneCertificate) {
  core::CertificateEntry other = certificate(2);
  other.key = key_of(1);
  const auto standing = certificate_store_->record(kCa, {certificate(1), other}, at(2));
  EXPECT_EQ(standing->at(1).serial, serial_of(1));
  EXPECT_EQ(*certificate_store_->count(kCa), 1U);
}

TEST_F(SqliteCertificateStoreTest, AuthoritiesDoNotSeeEachOthersCertificates) {
  record(1);
  EXPECT_FALSE(certificate_store_->find(kOtherCa, {key_of(1)})->at(0));
  ASSERT_TRUE(certificate_store_->record(kOtherCa, {certificate(1)}, at(1)).ok());
  EXPECT_TRUE(certificate_store_->find(kOtherCa, {key_of(1)})->at(0));
  EXPECT_EQ(*certificate_store_->count(kCa), 1U);
  EXPECT_EQ(*certificate_store_->count(kOtherCa), 1U);
  EXPECT_EQ(revoke(1, RevocationReason::superseded).change, RevokeChange::revoked);
  EXPECT_FALSE(certificate_store_->find(kOtherCa, {key_of(1)})->at(0)->revocation);
}

// More than stay in memory: some are in the lookup table, some are not.
TEST_F(SqliteCertificateStoreTest, FindsByEveryNameBeforeAndAfterTheIndexIsWritten) {
  constexpr std::uint32_t kMany = 5000;
  std::vector<core::CertificateEntry> entries;
  entries.reserve(kMany);
  for (std::uint32_t i = 0; i < kMany; ++i) entries.push_back(certificate(i));
  ASSERT_TRUE(certificate_store_->record(kCa, entries, at(1)).ok());
  for (int life = 0; life < 2; ++life) {
    for (const std::uint32_t i : {0U, 1U, 2047U, 2048U, 4095U, 4096U, 4999U}) {
      const Bytes& der = certificate(i).certificate.certificate;
      EXPECT_TRUE(known({serial_of(i), {}})) << i;
      EXPECT_TRUE(known({{}, crypto::view(crypto::sha1(der)).to_bytes()})) << i;
      EXPECT_TRUE(known({{}, crypto::view(crypto::sha256(der)).to_bytes()})) << i;
      EXPECT_TRUE(certificate_store_->find(kCa, {key_of(i)})->at(0)) << i;
    }
    EXPECT_FALSE(known({serial_of(kMany), {}}));
    EXPECT_FALSE(known({{}, Bytes(32, 1)}));
    EXPECT_FALSE(known({{}, Bytes(7, 1)}));
    EXPECT_FALSE(known({}));
    reopen();
  }
}

TEST_F(SqliteCertificateStoreTest, ARevocationIsDurableAndListed) {
  record(1);
  record(2);
  EXPECT_EQ(revoke(1, RevocationReason::key_compromise).change, RevokeChange::revoked);
  reopen();
  EXPECT_THAT(revoked(), UnorderedElementsAre(serial_of(1)));
  const auto found = certificate_store_->find(kCa, {key_of(1)})->at(0);
  ASSERT_TRUE(found->revocation);
  EXPECT_EQ(found->revocation->reason, RevocationReason::key_compromise);
  EXPECT_EQ(found->revocation->at, at(5));
}

TEST_F(SqliteCertificateStoreTest, RevokesByThumbprintAndTellsTheSerial) {
  record(1);
  core::RevokeEntry entry = revocation(1, RevocationReason::superseded);
  entry.id = {{}, crypto::view(crypto::sha1(certificate(1).certificate.certificate)).to_bytes()};
  entry.revocation.invalidity_date = at(-100);
  const auto results = certificate_store_->revoke(kCa, {entry}, at(5));
  EXPECT_EQ(results->front().change, RevokeChange::revoked);
  EXPECT_EQ(results->front().serial, serial_of(1));
  EXPECT_EQ(results->front().standing->invalidity_date, at(-100));
}

struct RevokeCase {
  const char* name;
  std::optional<RevocationReason> standing;
  RevocationReason asked;
  RevokeChange change;
  std::optional<RevocationReason> stands_after;
};

class RevokeTest : public SqliteCertificateStoreTest,
                   public ::testing::WithParamInterface<RevokeCase> {};

TEST_P(RevokeTest, FollowsTheRulesOfHolds) {
  record(1);
  if (GetParam().standing) revoke(1, *GetParam().standing, at(3));
  const auto before = *certificate_store_->revocation_generation(kCa);
  const auto result = revoke(1, GetParam().asked, at(7));
  EXPECT_EQ(result.change, GetParam().change);
  EXPECT_EQ(result.serial, serial_of(1));
  const auto stands = certificate_store_->find(kCa, {key_of(1)})->at(0)->revocation;
  EXPECT_EQ(stands ? std::make_optional(stands->reason) : std::nullopt, GetParam().stands_after);
  EXPECT_EQ(revoked().size(), GetParam().stands_after ? 1U : 0U);
  const bool changed =
      result.change == RevokeChange::revoked || result.change == RevokeChange::hold_lifted;
  EXPECT_EQ(*certificate_store_->revocation_generation(kCa) > before, changed);
  if (result.change == RevokeChange::already_revoked) {
    EXPECT_EQ(result.standing->at, at(3));
  }
}

constexpr auto kHold = RevocationReason::certificate_hold;
constexpr auto kLift = RevocationReason::remove_from_crl;
constexpr auto kStolen = RevocationReason::key_compromise;
INSTANTIATE_TEST_SUITE_P(
    Reasons, RevokeTest,
    ::testing::Values(
        RevokeCase{"new", {}, kStolen, RevokeChange::revoked, kStolen},
        RevokeCase{"again", kStolen, kStolen, RevokeChange::already_revoked, kStolen},
        RevokeCase{"hold_on_revoked", kStolen, kHold, RevokeChange::already_revoked, kStolen},
        RevokeCase{"hold", {}, kHold, RevokeChange::revoked, kHold},
        RevokeCase{"hold_again", kHold, kHold, RevokeChange::already_revoked, kHold},
        RevokeCase{"hold_becomes_final", kHold, kStolen, RevokeChange::revoked, kStolen},
        RevokeCase{"lift", kHold, kLift, RevokeChange::hold_lifted, {}},
        RevokeCase{"lift_of_nothing", {}, kLift, RevokeChange::not_held, {}},
        RevokeCase{"lift_of_final", kStolen, kLift, RevokeChange::not_held, kStolen}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(SqliteCertificateStoreTest, AnUnknownSerialIsUnknown) {
  EXPECT_EQ(revoke(1, RevocationReason::superseded).change, RevokeChange::unknown);
  EXPECT_EQ(*certificate_store_->revocation_generation(kCa), 0U);
}

TEST_F(SqliteCertificateStoreTest, TheCrlLeavesOutWhatHasExpired) {
  record(1, at(100));
  record(2, at(200));
  revoke(1, RevocationReason::superseded);
  revoke(2, RevocationReason::superseded);
  EXPECT_EQ(revoked(at(99)).size(), 2U);
  EXPECT_THAT(revoked(at(100)), UnorderedElementsAre(serial_of(2)));
}

TEST_F(SqliteCertificateStoreTest, ACrlNumberIsNeverUsedTwice) {
  EXPECT_EQ(*certificate_store_->take_crl_number(kCa, 1), 1U);
  reopen();
  EXPECT_EQ(*certificate_store_->take_crl_number(kCa, 1), 2U);
  EXPECT_EQ(*certificate_store_->take_crl_number(kOtherCa, 1), 1U);
  EXPECT_FALSE(certificate_store_->crl(kCa)->has_value());
  ASSERT_TRUE(certificate_store_->save_crl(kCa, {40, at(1), at(2), 7}).ok());
  reopen();
  const auto crl = *certificate_store_->crl(kCa);
  ASSERT_TRUE(crl);
  EXPECT_EQ(crl->number, 40U);
  EXPECT_EQ(crl->this_update, at(1));
  EXPECT_EQ(crl->next_update, at(2));
  EXPECT_EQ(crl->entries, 7U);
  EXPECT_EQ(*certificate_store_->take_crl_number(kCa, 1), 41U);
  EXPECT_EQ(*certificate_store_->take_crl_number(kCa, 1000), 1000U);
  EXPECT_EQ(*certificate_store_->take_crl_number(kCa, 1000), 1001U);
}

TEST_F(SqliteCertificateStoreTest, PurgeForgetsTheExpiredInBoundedSteps) {
  for (std::uint32_t i = 0; i < 3; ++i) record(i, at(100 + i));
  record(9, at(500));
  revoke(0, RevocationReason::superseded);
  ASSERT_TRUE(certificate_store_->save_crl(kCa, {1, at(101), at(900), 1}).ok());
  EXPECT_EQ(*certificate_store_->purge_expired(at(103), 2), 2U);
  EXPECT_EQ(*certificate_store_->purge_expired(at(103), 2), 1U);
  EXPECT_EQ(*certificate_store_->purge_expired(at(103), 2), 0U);
  EXPECT_EQ(*certificate_store_->count(kCa), 1U);
  EXPECT_THAT(revoked(), IsEmpty());
  EXPECT_FALSE(known({serial_of(0), {}}));
  EXPECT_FALSE(certificate_store_->find(kCa, {key_of(1)})->at(0));
  EXPECT_TRUE(known({serial_of(9), {}}));
}

TEST_F(SqliteCertificateStoreTest, PurgeKeepsARevokedCertificateForTheCrlAfterItsEnd) {
  record(1, at(100));
  record(2, at(100));
  revoke(1, RevocationReason::key_compromise);
  EXPECT_EQ(*certificate_store_->purge_expired(at(200), 10), 1U);  // no CRL yet
  ASSERT_TRUE(certificate_store_->save_crl(kCa, {1, at(99), at(900), 1}).ok());
  EXPECT_EQ(*certificate_store_->purge_expired(at(200), 10), 0U);
  EXPECT_THAT(revoked(), UnorderedElementsAre(serial_of(1)));
  ASSERT_TRUE(certificate_store_->save_crl(kCa, {2, at(150), at(900), 1}).ok());
  EXPECT_EQ(*certificate_store_->purge_expired(at(200), 10), 1U);
  EXPECT_THAT(revoked(), IsEmpty());
}

TEST_F(SqliteCertificateStoreTest, PurgeAlsoCleansTheWrittenIndex) {
  std::vector<core::CertificateEntry> entries;
  entries.reserve(2100);
  for (std::uint32_t i = 0; i < 2100; ++i) entries.push_back(certificate(i, at(100)));
  ASSERT_TRUE(certificate_store_->record(kCa, entries, at(1)).ok());
  EXPECT_EQ(*certificate_store_->purge_expired(at(101), 5000), 2100U);
  EXPECT_EQ(*certificate_store_->count(kCa), 0U);
  EXPECT_FALSE(known({serial_of(0), {}}));
  ASSERT_TRUE(certificate_store_->record(kCa, entries, at(1)).ok());
  EXPECT_TRUE(known({serial_of(0), {}}));
  EXPECT_TRUE(known({serial_of(2099), {}}));
}

}  // namespace
}  // namespace certconnector::store
