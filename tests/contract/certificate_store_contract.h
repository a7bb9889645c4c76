// The contract suites of the certificate store, and what they run on. Another implementation adds a
// factory to certificate_stores.cpp.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "common/crypto/digest.h"
#include "tests/support/core/named_certificate.h"

namespace certconnector::contract {

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  [[nodiscard]] virtual core::CertificateStore& store() = 0;
  virtual void restart() {}
  // A revocation by kStoreCa whose certificate is not there: of an imported CA, or lost.
  virtual void add_revoked(const Bytes& serial, Timestamp not_after,
                           const core::RevocationRecord& revocation) = 0;
};

struct StoreFactory {
  const char* name;
  std::unique_ptr<StoreUnderTest> (*make)();
};

// All implementations.
[[nodiscard]] std::vector<StoreFactory> certificate_stores();

inline const core::CaFingerprint kStoreCa(64, 'a');
inline const core::CaFingerprint kAnotherCa(64, 'b');

[[nodiscard]] inline Timestamp after_start(std::int64_t seconds) {
  return from_millis(1'790'000'000'000 + seconds * 1000);
}

[[nodiscard]] inline core::IdempotencyKey key_of(std::uint8_t number) {
  core::IdempotencyKey key{};
  key.fill(number);
  return key;
}

[[nodiscard]] inline Bytes serial_of(std::uint8_t number) { return Bytes(16, number); }

[[nodiscard]] inline core::CertificateEntry entry_of(std::uint8_t number,
                                                     Timestamp not_after = after_start(86400)) {
  core::CertificateEntry entry;
  entry.key = key_of(number);
  entry.template_name = "device";
  entry.certificate = {Bytes(50, number), serial_of(number), after_start(0), not_after};
  return entry;
}

class CertificateStoreContract : public ::testing::TestWithParam<StoreFactory> {
 protected:
  core::CertificateStore& store() { return under_test_->store(); }
  void record(std::uint8_t number, Timestamp not_after = after_start(86400)) {
    ASSERT_TRUE(store().record(kStoreCa, {entry_of(number, not_after)}, after_start(1)).ok());
  }
  core::RevokeResult revoke(std::uint8_t number, core::RevocationReason reason,
                            Timestamp when = after_start(5)) {
    core::RevokeEntry entry;
    entry.id.serial = serial_of(number);
    entry.revocation = {when, reason, {}};
    return store().revoke(kStoreCa, {entry}, when).value().front();
  }
  std::vector<Bytes> revoked(Timestamp expires_after = after_start(0)) {
    std::vector<Bytes> serials;
    const Status visited = store().for_each_revoked(
        kStoreCa, expires_after,
        [&](const core::RevokedSerial& one) { serials.push_back(one.serial); });
    EXPECT_TRUE(visited.ok());
    return serials;
  }
  std::optional<core::CertificateRecord> by_key(std::uint8_t number) {
    return store()
        .find(kStoreCa, std::vector<core::IdempotencyKey>{key_of(number)})
        .value()
        .front();
  }
  void revoke_named(const std::string& subject) {
    core::RevokeEntry entry;
    entry.id.serial = testing::named_certificate(subject, after_start(86400)).serial;
    entry.revocation = {after_start(5), core::RevocationReason::superseded, {}};
    ASSERT_TRUE(store().revoke(kStoreCa, {entry}, after_start(5)).ok());
  }
  bool known(const core::CertificateId& id) {
    return store().find(kStoreCa, id).value().has_value();
  }

  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
};

// What a certificate of a list is for; its name is the CN of its subject.
struct ListedFor {
  const char* name;
  const char* device;
  const char* transaction;
};

class CertificateListContract : public CertificateStoreContract {
 protected:
  // Recorded 10 seconds after each other, the first at after_start(10).
  CertificateListContract() {
    const ListedFor rows[] = {{"laptop 0", "", ""},          {"phone 1", "device-1", "t1"},
                              {"phone 2", "device-2", "t2"}, {"phone 3", "device-1", "t3"},
                              {"Tablet 4", "", ""},          {"laptop 5", "device-2", "t2"}};
    for (const ListedFor& row : rows) add(row);
  }
  void add(const ListedFor& row, const core::CaFingerprint& ca = kStoreCa) {
    const std::string name(row.name);
    core::CertificateEntry entry = entry_of(static_cast<std::uint8_t>(++made_));
    entry.certificate = testing::named_certificate("CN=" + name + ",O=Test", after_start(86400));
    core::CertificateHolder& holder = entry.holder;
    const bool by_scep = *row.transaction != '\0';
    holder.source = by_scep ? core::JobSource::scep : core::JobSource::management;
    holder.instance = by_scep ? "phones" : "default";
    holder.job = "job of " + name;
    holder.device = row.device;
    holder.transaction_id = row.transaction;
    ASSERT_TRUE(store().record(ca, {entry}, after_start(std::int64_t{10} * made_)).ok());
  }
  std::vector<std::string> names(const core::CertificatePage& page) {
    std::vector<std::string> names;
    for (const core::ListedCertificate& listed : page.certificates) {
      names.push_back(listed.record.entry.holder.job.substr(7));
    }
    return names;
  }
  std::vector<std::string> list(const core::CertificateFilter& filter) {
    const core::CertificatePage page = store().list(filter).value();
    EXPECT_FALSE(page.next);
    return names(page);
  }
  core::CertificateFilter with_subject(const std::string& part) {
    core::CertificateFilter filter;
    filter.subject = part;
    return filter;
  }

  int made_ = 0;
};

}  // namespace certconnector::contract
