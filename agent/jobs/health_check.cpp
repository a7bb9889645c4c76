#include "agent/jobs/health_check.h"

#include <utility>

#include "agent/core/errors.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::jobs {

HealthCheck::HealthCheck(CaRegistry& cas, const Clock& clock, core::CaFingerprint ca,
                         HealthCheckSettings settings)
    : cas_(cas), clock_(clock), ca_(std::move(ca)), settings_(settings) {}

Duration HealthCheck::step(const StopToken& stop) {
  const CaRef ca = cas_.find(ca_);
  if (!ca) return runtime::kIdle;
  const Timestamp now = clock_.now();
  const Timestamp deadline = now + settings_.limit;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++begun_;
    deadline_ = deadline;
  }
  cas_.check_began(ca, now, deadline);
  Status status = ca->ports.ca->check({deadline, stop});
  if (!status.ok() && stop.stop_requested()) {
    cas_.check_cut_off(ca);
  } else {
    cas_.check_ended(ca, status);
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = begun_;
    last_ = std::move(status);
  }
  finished_.notify();
  return settings_.interval;
}

bool HealthCheck::ended(std::uint64_t number) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ended_ >= number;
}

bool HealthCheck::overdue() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return begun_ > ended_ && clock_.now() > deadline_;
}

std::uint64_t HealthCheck::request(Wakeup& loop) {
  std::uint64_t number = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    number = begun_ + 1;
  }
  loop.notify();
  return number;
}

Status HealthCheck::await(std::uint64_t number, Duration patience, const StopToken& stop) {
  Wakeup wakeup;
  const runtime::Subscription subscription(finished_, wakeup);
  // A check that was under way ends first, so that there may be two notifications.
  while (!ended(number) && !stop.stop_requested()) {
    if (!wakeup.wait(patience, stop)) break;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ended_ >= number) return last_;
  return Error(core::CoreErrc::ca_silent, ErrorKind::transient,
               "the CA has not answered within " + std::to_string(patience.count()) +
                   " ms; see whether it runs and can be reached");
}

}  // namespace certconnector::jobs
