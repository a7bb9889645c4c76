// Revokes certificates that renewals replaced, a bounded piece in each step, and notes which
// certificates sign messages. One loop; used() from any thread.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/ports/lineage_ledger.h"
#include "agent/jobs/job_intake.h"
#include "agent/jobs/storage_guard.h"
#include "common/time/stop.h"

namespace certconnector::enrollment {

struct LineageMaintenanceSettings {
  // Until the agent has run this long, only use counts: with a clock that is ahead at the start a
  // device would lose the time in which it may ask again.
  Duration patience{std::chrono::hours(1)};
  Duration interval{std::chrono::minutes(1)};
  Duration pause{std::chrono::seconds(1)};  // at the least, however many certificates are used
  std::size_t batch = 24;                   // certificates in one transaction, each at many places
  std::size_t most_used = 256;  // remembered between two steps; more are noted when they come again
};

// All outlive it.
struct LineageMaintenanceParts {
  core::LineageLedger& lineages;
  jobs::JobIntake& intake;
  jobs::StorageGuard& storage;
  const Clock& clock;
  log::Logger& logger;
  // Of the services that have replaced certificates revoked.
  std::function<std::vector<core::SupersedeTerms>()> terms;
};

class LineageMaintenance {
 public:
  explicit LineageMaintenance(LineageMaintenanceParts parts,
                              LineageMaintenanceSettings settings = {});

  // The holder of this certificate has signed a message that the agent verified.
  void used(const core::CaFingerprint& ca, const Bytes& serial);

  Duration step(const StopToken& stop);

 private:
  void note_uses();
  [[nodiscard]] std::vector<core::SupersedeTerms> terms_now() const;
  void tell(const core::SupersedeLook& look);

  const LineageMaintenanceParts parts_;
  const LineageMaintenanceSettings settings_;
  const Timestamp started_;  // Clock::now()
  Timestamp not_before_{};   // the next look
  std::mutex mutex_;
  std::set<std::pair<core::CaFingerprint, Bytes>> used_;
};

}  // namespace certconnector::enrollment
