// The issuing CAs this agent serves, with what core knows of each. Thread-safe; entries are
// immutable and shared, so that a CA can be added or replaced while batches run on the old one.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/health.h"
#include "agent/core/ports/certificate_authority.h"
#include "agent/core/reserved_names.h"
#include "common/crypto/name.h"
#include "common/runtime/signal.h"

namespace certconnector::jobs {

// The names that no CA of the agent gives away: a device of one CA could pass for another. Shared
// by the handles of a registry, and grows with it. Thread-safe.
class SharedReservedNames {
 public:
  void add(const core::ReservedNames& more);
  // As core::ReservedNames.
  [[nodiscard]] std::optional<core::Failed> why_not(ByteView subject) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const core::ReservedNames> names_ = std::make_shared<core::ReservedNames>();
};

struct CaHandle {
  core::CaPorts ports;
  core::CaDescription description;
  crypto::DistinguishedName subject;  // parsed; empty when the description's cannot be parsed
  // The names of all CAs of the registry, of their issuers and of the agent's RAs. Never null.
  std::shared_ptr<SharedReservedNames> reserved = std::make_shared<SharedReservedNames>();
};
using CaRef = std::shared_ptr<const CaHandle>;

struct CaHealth {
  bool healthy = true;
  std::string message;  // when not
};

class CaRegistry {
 public:
  // Replaces the entry of the same fingerprint. Asks the CA to describe itself. Notifies changed().
  CaRef add(core::CaPorts ports);
  [[nodiscard]] std::vector<CaRef> all() const;
  [[nodiscard]] CaRef find(const core::CaFingerprint& fingerprint) const;  // null: not served
  [[nodiscard]] std::uint64_t version() const;                             // rises with every add()

  // The CA's lane reports its checks. Times are Clock::now()'s.
  void check_began(const CaRef& handle, Timestamp now, Timestamp deadline);
  void check_ended(const CaRef& handle, const Status& status);
  // The agent cut it off: it says nothing of the CA.
  void check_cut_off(const CaRef& handle);
  // The health of a CA that was not checked here yet.
  void remember(const core::CaFingerprint& fingerprint, const CaHealth& health);
  // The result of the last check, from memory. A check past its deadline counts as "not answered".
  [[nodiscard]] CaHealth health(const core::CaFingerprint& fingerprint, Timestamp now) const;

  [[nodiscard]] runtime::Signal& changed() { return changed_; }

 private:
  struct RunningCheck {
    Timestamp began;
    Timestamp deadline;
  };
  struct Entry {
    CaRef handle;
    CaHealth health;
    std::optional<RunningCheck> check;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  const std::shared_ptr<SharedReservedNames> reserved_ = std::make_shared<SharedReservedNames>();
  std::uint64_t version_ = 0;
  runtime::Signal changed_;
};

}  // namespace certconnector::jobs
