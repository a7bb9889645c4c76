// Stores jobs and wakes the scheduler for work and the reporters for results. Lasts over reloads:
// each engine attaches its scheduler. Thread-safe.
//
//   event                                    call                wakes
//   jobs have come                           insert()            both, as the jobs need it
//   another part stored jobs that are due    work_arrived()      the workers of that CA
//   another part stored results to report    results_arrived()   the reporters
//   a person changed jobs                    jobs_changed()      all
#pragma once

#include <mutex>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "common/runtime/signal.h"

namespace certconnector::jobs {

// Waits for due jobs: the scheduler. Thread-safe; must not call the intake.
class WorkListener {
 public:
  virtual ~WorkListener() = default;
  // About `count` jobs of this CA have become due.
  virtual void ready(const core::CaFingerprint& ca, std::size_t count) = 0;
  // Anything may have become due.
  virtual void all_ready() = 0;
};

class JobIntake {
 public:
  // Both outlive it.
  JobIntake(core::JobStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // One result for each job, in order. Errors: the store's; nothing of the call has happened.
  Result<std::vector<core::InsertResult>> insert(const std::vector<core::NewJob>& jobs);
  // The two halves of insert(), for a caller with something to do in between.
  Result<std::vector<core::InsertResult>> store(const std::vector<core::NewJob>& jobs);
  void announce(const std::vector<core::NewJob>& jobs,
                const std::vector<core::InsertResult>& results);

  void work_arrived(const core::CaFingerprint& ca, std::size_t count);
  void results_arrived();
  void jobs_changed();

  // Reporters wait on it.
  [[nodiscard]] runtime::Signal& to_report() { return to_report_; }

  // Wakes `listener` as long as this lives. Of several, the newest one alone.
  class Attachment {
   public:
    Attachment(JobIntake& intake, WorkListener& listener);
    ~Attachment();
    Attachment(const Attachment&) = delete;
    Attachment& operator=(const Attachment&) = delete;

   private:
    JobIntake& intake_;
    WorkListener& listener_;
  };

 private:
  core::JobStore& store_;
  const Clock& clock_;
  runtime::Signal to_report_;
  std::mutex mutex_;
  WorkListener* listener_ = nullptr;  // null: an engine that starts looks at everything itself
};

}  // namespace certconnector::jobs
