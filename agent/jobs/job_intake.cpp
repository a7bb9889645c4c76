#include "agent/jobs/job_intake.h"

#include <map>

namespace certconnector::jobs {

Result<std::vector<core::InsertResult>> JobIntake::insert(const std::vector<core::NewJob>& jobs) {
  auto results = store(jobs);
  if (results.ok()) announce(jobs, *results);
  return results;
}

Result<std::vector<core::InsertResult>> JobIntake::store(const std::vector<core::NewJob>& jobs) {
  return store_.insert(jobs, clock_.now());
}

void JobIntake::announce(const std::vector<core::NewJob>& jobs,
                         const std::vector<core::InsertResult>& results) {
  std::map<core::CaFingerprint, std::size_t> due;
  bool report = false;
  for (std::size_t i = 0; i < jobs.size() && i < results.size(); ++i) {
    if (results[i] == core::InsertResult::conflict) continue;
    // A known job may be finished already, and is then to be reported again.
    report = report || jobs[i].rejection || results[i] == core::InsertResult::known;
    if (!jobs[i].rejection) ++due[jobs[i].job.ca];
  }
  for (const auto& [ca, count] : due) work_arrived(ca, count);
  if (report) results_arrived();
}

void JobIntake::work_arrived(const core::CaFingerprint& ca, std::size_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (listener_ != nullptr) listener_->ready(ca, count);
}

void JobIntake::results_arrived() { to_report_.notify(); }

void JobIntake::jobs_changed() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (listener_ != nullptr) listener_->all_ready();
  }
  to_report_.notify();
}

JobIntake::Attachment::Attachment(JobIntake& intake, WorkListener& listener)
    : intake_(intake), listener_(listener) {
  const std::lock_guard<std::mutex> lock(intake_.mutex_);
  intake_.listener_ = &listener_;
}

JobIntake::Attachment::~Attachment() {
  const std::lock_guard<std::mutex> lock(intake_.mutex_);
  if (intake_.listener_ == &listener_) intake_.listener_ = nullptr;
}

}  // namespace certconnector::jobs
