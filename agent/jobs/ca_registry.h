// The issuing CAs this agent serves, with what core knows of each. Thread-safe; entries are
// immutable and shared, so that a CA can be added or replaced while batches run on the old one.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/core/health.h"
#include "agent/core/ports/certificate_authority.h"
#include "common/crypto/name.h"
#include "common/runtime/signal.h"

namespace certconnector::jobs {

struct CaHandle {
  core::CaPorts authority;
  core::CaDescription description;
  crypto::DistinguishedName subject;  // parsed; empty when the description's cannot be parsed
};
using CaRef = std::shared_ptr<const CaHandle>;

struct CaHealth {
  bool healthy = true;
  std::string message;  // when not
};

class CaRegistry {
 public:
  // Replaces the entry of the same fingerprint. Asks the CA to describe itself. Notifies changed().
  void add(core::CaPorts authority);
  [[nodiscard]] std::vector<CaRef> all() const;
  [[nodiscard]] CaRef find(const core::CaFingerprint& fingerprint) const;  // null: not served
  [[nodiscard]] std::uint64_t version() const;                             // rises with every add()

  // Asks every CA to check itself and keeps the answers. Blocks as long as the CAs do.
  void check_all();
  [[nodiscard]] CaHealth health(const core::CaFingerprint& fingerprint) const;

  [[nodiscard]] runtime::Signal& changed() { return changed_; }

 private:
  struct Entry {
    CaRef issuer;
    CaHealth health;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::uint64_t version_ = 0;
  runtime::Signal changed_;
};

}  // namespace certconnector::jobs
