// The parts that all front ends for devices share: the enrollment queue, the
// ChallengeValidationPool, the EnrollmentService on both, and the loops that store enrollments and
// purge old ones. Outlives every reload.
#pragma once

#include <optional>
#include <string>

#include "agent/app/watchdog.h"
#include "agent/core/ports/challenge_ledger.h"
#include "agent/core/ports/challenge_validator.h"
#include "agent/core/ports/crash_points.h"
#include "agent/enrollment/enrollment_maintenance.h"
#include "agent/enrollment/enrollment_service.h"
#include "agent/jobs/job_intake.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::app {

// All outlive the module.
struct EnrollmentModuleParts {
  core::EnrollmentLedger& ledger;
  core::ChallengeLedger& challenges;
  core::ChallengeValidator& validator;  // validates the challenges of services that say so
  jobs::JobIntake& intake;
  const jobs::OperatingMode& operating_mode;
  jobs::StorageGuard& storage;
  const Clock& clock;
  core::CrashPoints& crash_points;
  log::Logger& logger;
  Watchdog& watch;
};

// Thread-safe. Life: constructor, start(), close(), destructor. Front ends end in this order:
// their server, this module, their pools.
class EnrollmentModule {
 public:
  // `questions`: the most calls to the validator at a time.
  EnrollmentModule(const EnrollmentModuleParts& parts, std::size_t questions);
  ~EnrollmentModule();
  EnrollmentModule(const EnrollmentModule&) = delete;
  EnrollmentModule& operator=(const EnrollmentModule&) = delete;

  // Also the listener for the outcomes of jobs.
  [[nodiscard]] enrollment::EnrollmentQueue& queue() { return queue_; }
  [[nodiscard]] enrollment::ChallengeValidationPool& validation_pool() { return validation_pool_; }
  [[nodiscard]] enrollment::EnrollmentService& service() { return service_; }
  [[nodiscard]] enrollment::LineageAlarms& alarms() { return alarms_; }
  // Begins with the time: an index over these ids grows at its end.
  [[nodiscard]] std::string fresh_job_id() const;

  void start();
  // Answers every waiting request. A second call does nothing.
  void close();

 private:
  const EnrollmentModuleParts parts_;
  StopSource stopping_;
  enrollment::LineageAlarms alarms_;
  enrollment::EnrollmentQueue queue_;
  enrollment::EnrollmentMaintenance maintenance_;
  enrollment::ChallengeValidationPool validation_pool_;
  enrollment::EnrollmentService service_;
  runtime::LoopThread queue_loop_;
  std::optional<runtime::Subscription> arrivals_;  // from start() to close()
  runtime::LoopThread records_loop_;
};

}  // namespace certconnector::app
