#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    stores_.reset();
    stores_ = std::make_unique<OpenStores>(folder_.file("agent.db"));
    certificate_store_ = &stores_->certificates;
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
  std::unique_ptr<OpenStores> stores_;
  SqliteCertificateStore* certificate_store_ = nullptr;  // of stores_
};

TEST_F(SqliteCertificateStoreTest, FindsByEveryNameAmongMany) {
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

TEST_F(SqliteCertificateStoreTest, PurgeAlsoCleansTheIndexes) {
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
