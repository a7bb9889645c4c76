// The store of an operating system in memory, with keys that sign where they are.
#pragma once

#include <mutex>
#include <vector>

#include "agent/keys/machine_store.h"
#include "tests/support/test_pki.h"

namespace certconnector::testing {

struct FakeKey {
  bool there = true;
  bool signs = true;  // false: the account may not use it
  bool knows_pss = true;
};

// Thread-safe.
class FakeMachineStore final : public keys::MachineStore {
 public:
  // `issuers`: what the store knows above it.
  void put(const Credential& credential, FakeKey key = {},
           std::vector<crypto::Certificate> issuers = {});
  void clear();
  // How often a key was opened.
  [[nodiscard]] int opened() const;

  [[nodiscard]] Result<crypto::Certificate> find(const keys::CertificateWanted& wanted,
                                                 Timestamp now) const override;
  [[nodiscard]] Result<core::Identity> open(const keys::CertificateWanted& wanted,
                                            Timestamp now) const override;

 private:
  struct Entry {
    Credential credential;
    FakeKey key;
    std::vector<crypto::Certificate> issuers;
  };
  [[nodiscard]] Result<std::size_t> choose(const keys::CertificateWanted& wanted,
                                           Timestamp now) const;

  mutable std::mutex mutex_;
  mutable int opened_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace certconnector::testing
