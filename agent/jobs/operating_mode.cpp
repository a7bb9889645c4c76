#include "agent/jobs/operating_mode.h"

#include <utility>

namespace certconnector::jobs {

std::string_view to_string(OperatingState state) {
  switch (state) {
    case OperatingState::working:
      return "working";
    case OperatingState::paused:
      return "paused";
    case OperatingState::draining:
      return "draining";
    case OperatingState::storage_full:
      return "storage_full";
    case OperatingState::not_enrolled:
      return "not_enrolled";
    case OperatingState::clock_wrong:
      return "clock_wrong";
  }
  return "unknown";
}

std::string_view why_at_rest(OperatingState state) {
  switch (state) {
    case OperatingState::paused:
      return "A person has paused the agent: it does no jobs until `certconnector resume`.";
    case OperatingState::storage_full:
      return "The agent cannot write its database and does no jobs until it can: "
             "`certconnector health` says why.";
    case OperatingState::clock_wrong:
      return "The machine's clock is wrong, and the agent does no jobs until it is right: "
             "`certconnector health` says why.";
    case OperatingState::working:
    case OperatingState::draining:
    case OperatingState::not_enrolled:
      return {};
  }
  return {};
}

template <typename Change>
void OperatingMode::change(Change change) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    change();
  }
  changed_.notify();
}

void OperatingMode::pause() {
  change([this] { paused_ = true; });
}

void OperatingMode::drain() {
  change([this] { draining_ = true; });
}

void OperatingMode::resume() {
  change([this] {
    paused_ = false;
    draining_ = false;
  });
}

void OperatingMode::set_enrolled(bool enrolled) {
  change([this, enrolled] { enrolled_ = enrolled; });
}

void OperatingMode::storage_failed(const Error& error) {
  change([this, &error] { storage_failure_ = error; });
}

void OperatingMode::storage_works() {
  change([this] { storage_failure_.reset(); });
}

void OperatingMode::set_clock_wrong(bool wrong) {
  change([this, wrong] { clock_wrong_ = wrong; });
}

OperatingState OperatingMode::state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (storage_failure_) return OperatingState::storage_full;
  if (clock_wrong_) return OperatingState::clock_wrong;
  if (paused_) return OperatingState::paused;
  if (draining_) return OperatingState::draining;
  return enrolled_ ? OperatingState::working : OperatingState::not_enrolled;
}

bool OperatingMode::may_lease() const { return state() == OperatingState::working; }

bool OperatingMode::may_submit() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !paused_ && !storage_failure_ && !clock_wrong_;
}

bool OperatingMode::may_maintain() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !storage_failure_ && !clock_wrong_;
}

bool OperatingMode::clock_is_wrong() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return clock_wrong_;
}

bool OperatingMode::may_report() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return enrolled_ && !storage_failure_;
}

bool OperatingMode::storage_is_failing() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return storage_failure_.has_value();
}

std::optional<core::HealthFinding> OperatingMode::storage_finding() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!storage_failure_) return std::nullopt;
  const std::string_view remedy = storage_failure_->code().remedy;
  return core::found(core::finding::kStorageFailing, "queue",
                     "The job queue cannot be written: " + storage_failure_->message(),
                     remedy.empty()
                         ? "Make room on the disk of the state folder and see that it is "
                           "mounted read-write. The agent goes on by itself."
                         : std::string(remedy));
}

}  // namespace certconnector::jobs
