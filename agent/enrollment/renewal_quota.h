// How many renewals of one certificate NDES may have verified. A device chooses keys and
// transaction ids freely, so without a limit it could fill the ledger of external enrollments.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "common/crypto/digest.h"
#include "common/time/clock.h"

namespace certconnector::enrollment {

struct RenewalQuotaSettings {
  // A renewal takes one, and a repeat of it takes none. This leaves room for a client that makes a
  // new key for each attempt.
  std::size_t requests = 16;
  Duration per{std::chrono::hours(24)};
};

// Thread-safe. Counts since the start of the agent.
class RenewalQuota {
 public:
  explicit RenewalQuota(const RenewalQuotaSettings& settings = {}) : settings_(settings) {}

  // Counts a request of this signer, once while it is remembered. A value: there is no room now,
  // but there will be after that time.
  [[nodiscard]] std::optional<Duration> take(const crypto::Sha256& signer,
                                             const crypto::Sha256& request, Timestamp now);
  [[nodiscard]] const RenewalQuotaSettings& settings() const { return settings_; }

 private:
  struct Taken {
    crypto::Sha256 request;
    Timestamp at;
  };
  void forget(std::deque<Taken>& taken, Timestamp now) const;
  void sweep(Timestamp now);

  const RenewalQuotaSettings settings_;
  std::mutex mutex_;
  std::map<crypto::Sha256, std::deque<Taken>> of_;  // by signer; the oldest first
  std::size_t sweep_at_ = 1024;                     // as many signers
};

}  // namespace certconnector::enrollment
