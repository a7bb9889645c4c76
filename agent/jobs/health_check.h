// The health of one CA: asks it from time to time to check itself, on a loop of the CA's lane. What
// it answered stands in the CaRegistry, so that readers never wait for a CA.
#pragma once

#include <cstdint>
#include <mutex>

#include "agent/jobs/ca_registry.h"
#include "common/runtime/signal.h"
#include "common/time/stop.h"

namespace certconnector::jobs {

struct HealthCheckSettings {
  Duration interval{60000};  // between two checks
  Duration limit{10000};     // of one check; later it counts as "not answered"
};

// Thread-safe.
class HealthCheck {
 public:
  HealthCheck(CaRegistry& cas, const Clock& clock, core::CaFingerprint ca,
              HealthCheckSettings settings);

  // A loop step: one check.
  Duration step(const StopToken& stop);
  // The number of the first check that begins after this call; `loop` is the one that steps.
  [[nodiscard]] std::uint64_t request(Wakeup& loop);
  // Waits at most `patience` for that check. Errors: what the CA says is wrong; ca_silent when it
  // has not answered in time.
  Status await(std::uint64_t number, Duration patience, const StopToken& stop);
  // A check runs, and is past its limit.
  [[nodiscard]] bool overdue() const;

 private:
  [[nodiscard]] bool ended(std::uint64_t number) const;

  CaRegistry& cas_;
  const Clock& clock_;
  const core::CaFingerprint ca_;
  const HealthCheckSettings settings_;
  mutable std::mutex mutex_;
  std::uint64_t begun_ = 0;  // checks
  std::uint64_t ended_ = 0;
  Timestamp deadline_;  // of the last one that began
  Status last_;         // what the last one that ended said
  runtime::Signal finished_;
};

}  // namespace certconnector::jobs
