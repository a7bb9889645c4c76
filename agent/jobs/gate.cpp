#include "agent/jobs/gate.h"

#include <utility>

namespace certconnector::jobs {

std::string_view to_string(WorkState state) {
  switch (state) {
    case WorkState::working:
      return "working";
    case WorkState::paused:
      return "paused";
    case WorkState::draining:
      return "draining";
    case WorkState::storage_full:
      return "storage_full";
    case WorkState::not_enrolled:
      return "not_enrolled";
  }
  return "unknown";
}

template <typename Change>
void Gate::change(Change change) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    change();
  }
  changed_.notify();
}

void Gate::pause() {
  change([this] { paused_ = true; });
}

void Gate::drain() {
  change([this] { draining_ = true; });
}

void Gate::resume() {
  change([this] {
    paused_ = false;
    draining_ = false;
  });
}

void Gate::set_enrolled(bool enrolled) {
  change([this, enrolled] { enrolled_ = enrolled; });
}

void Gate::storage_failed(std::string reason) {
  change([this, &reason] { storage_failure_ = std::move(reason); });
}

void Gate::storage_works() {
  change([this] { storage_failure_.reset(); });
}

WorkState Gate::state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (storage_failure_) return WorkState::storage_full;
  if (paused_) return WorkState::paused;
  if (draining_) return WorkState::draining;
  return enrolled_ ? WorkState::working : WorkState::not_enrolled;
}

bool Gate::may_lease() const { return state() == WorkState::working; }

bool Gate::may_submit() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !paused_ && !storage_failure_;
}

bool Gate::may_report() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return enrolled_ && !storage_failure_;
}

bool Gate::storage_is_failing() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return storage_failure_.has_value();
}

std::optional<core::HealthFinding> Gate::storage_finding() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!storage_failure_) return std::nullopt;
  return core::HealthFinding{"queue", core::HealthLevel::down,
                             "The job queue cannot be written: " + *storage_failure_,
                             "Make room on the disk of the state folder and see that it is mounted "
                             "read-write. The agent goes on by itself."};
}

}  // namespace certconnector::jobs
