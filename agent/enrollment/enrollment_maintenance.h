// Removes enrollments and challenges that can have no effect any more. One loop.
#pragma once

#include <string_view>

#include "agent/core/ports/challenge_ledger.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/jobs/storage_guard.h"
#include "common/time/stop.h"

namespace certconnector::enrollment {

struct EnrollmentMaintenanceSettings {
  Duration challenge_retention{std::chrono::hours(24)};  // of challenges after their end
  // Removes nothing before the agent has run this long. If the clock is wrong at the start, a used
  // challenge would be good again.
  Duration patience{std::chrono::hours(1)};
  Duration interval{std::chrono::minutes(10)};
  std::size_t batch = 24;  // rows in one transaction, each at many places
};

class EnrollmentMaintenance {
 public:
  EnrollmentMaintenance(core::EnrollmentLedger& enrollments, core::ChallengeLedger& challenges,
                        jobs::StorageGuard& storage, const Clock& clock, log::Logger& logger,
                        EnrollmentMaintenanceSettings settings = {});

  Duration step(const StopToken& stop);

 private:
  // Whether there is more to do at once.
  [[nodiscard]] bool purged(const Result<std::uint64_t>& removed, std::string_view what);

  core::EnrollmentLedger& enrollments_;
  core::ChallengeLedger& challenges_;
  jobs::StorageGuard& storage_;
  const Clock& clock_;
  log::Logger& logger_;
  EnrollmentMaintenanceSettings settings_;
  const Timestamp started_;  // Clock::now()
};

}  // namespace certconnector::enrollment
