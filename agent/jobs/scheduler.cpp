#include "agent/jobs/scheduler.h"

#include <algorithm>
#include <utility>

#include "common/runtime/loop_thread.h"

namespace certconnector::jobs {
namespace {

// Fewer jobs than this are not worth a separate transaction, even to keep two workers busy.
constexpr std::size_t kSmallestShare = 8;
constexpr Duration kAfterStoreError = std::chrono::seconds(5);
constexpr Duration kWhenUnsure = std::chrono::seconds(1);

}  // namespace

Scheduler::Scheduler(core::JobStore& store, CaRegistry& cas, OperatingMode& operating_mode,
                     StorageGuard& storage, SchedulerSettings settings)
    : store_(store),
      cas_(cas),
      operating_mode_(operating_mode),
      storage_(storage),
      settings_(std::move(settings)) {}

Take Scheduler::take(const core::CaFingerprint& ca, Timestamp now) {
  const std::lock_guard<std::mutex> claiming(claiming_);
  adopt_new_cas();
  // The second round is for due times that only the store knew.
  for (int round = 0; round < 2; ++round) {
    while (operating_mode_.may_submit()) {
      const std::optional<Plan> next = plan(ca, now);
      if (!next) break;
      if (auto batch = claim(*next, now)) return {std::move(batch), Duration(0)};
    }
    if (!operating_mode_.may_submit()) return {std::nullopt, runtime::kIdle};
    if (round == 0 && !learn_due_time(ca)) break;
  }
  return {std::nullopt, until_next(ca, now)};
}

runtime::Signal& Scheduler::work(const core::CaFingerprint& ca) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return work_[ca];
}

std::size_t Scheduler::workers_of(const core::CaPorts& ca) const {
  return std::min(settings_.workers, ca.concurrency);
}

void Scheduler::adopt_new_cas() {
  const std::uint64_t version = cas_.version();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (version == adopted_version_) return;
  }
  const std::vector<CaRef> handles = cas_.all();
  const std::lock_guard<std::mutex> lock(mutex_);
  adopted_version_ = version;
  for (const CaRef& handle : handles) {
    const auto [place, added] =
        lanes_.try_emplace(handle->description.fingerprint, handle, settings_.breaker);
    if (!added) place->second.handle = handle;
    place->second.ready = true;
  }
}

std::optional<Scheduler::Plan> Scheduler::plan(const core::CaFingerprint& ca, Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = lanes_.find(ca);
  if (place == lanes_.end()) return std::nullopt;
  Lane& lane = place->second;
  const bool due = lane.ready || (lane.due_known && lane.due && *lane.due <= now);
  if (!due || lane.running >= lane.handle->ports.concurrency || !lane.breaker.allows(now)) {
    return std::nullopt;
  }
  const bool probe = lane.breaker.state(now) == runtime::BreakerState::half_open;
  Plan plan{lane.handle, probe ? 1 : share(lane), lane.announcements};
  lane.breaker.started(now);
  ++lane.running;
  return plan;
}

std::size_t Scheduler::share(const Lane& lane) const {
  const core::CaPorts& ports = lane.handle->ports;
  if (lane.expected == 0) return ports.batch;
  const std::size_t parallel = workers_of(ports);
  const std::size_t free = parallel > lane.running ? parallel - lane.running : 1;
  const std::size_t fair = (lane.expected + free - 1) / free;
  return std::min(ports.batch, std::max(fair, kSmallestShare));
}

std::optional<Batch> Scheduler::claim(const Plan& plan, Timestamp now) {
  const core::CaFingerprint& ca = plan.handle->description.fingerprint;
  auto claimed = store_.claim({ca, plan.max, settings_.owner, now, now + settings_.claim_for});
  if (!claimed.ok()) storage_.failed(claimed.error());

  const std::lock_guard<std::mutex> lock(mutex_);
  Lane& lane = lanes_.at(ca);
  const std::size_t count = claimed.ok() ? claimed->size() : 0;
  if (!claimed.ok()) {
    lane.ready = false;
    lane.due_known = true;
    lane.due = now + kAfterStoreError;
  } else if (count < plan.max && lane.announcements == plan.announcements) {
    lane.ready = false;
    lane.due_known = false;
    lane.expected = 0;
  } else {
    lane.ready = true;
    lane.expected -= std::min(lane.expected, count);
  }
  if (count == 0) {
    --lane.running;
    lane.breaker.abandoned();
    return std::nullopt;
  }
  return Batch{plan.handle, std::move(claimed).value()};
}

bool Scheduler::learn_due_time(const core::CaFingerprint& ca) {
  std::uint64_t announcements = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto place = lanes_.find(ca);
    if (place == lanes_.end() || place->second.ready || place->second.due_known) return false;
    announcements = place->second.announcements;
  }
  const auto due = store_.next_due(ca);
  if (!due.ok()) {
    storage_.failed(due.error());
    return true;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  Lane& lane = lanes_.at(ca);
  if (lane.announcements != announcements) return true;
  lane.due_known = true;
  lane.due = *due;
  return true;
}

Duration Scheduler::until_next(const core::CaFingerprint& ca, Timestamp now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = lanes_.find(ca);
  if (place == lanes_.end()) return runtime::kIdle;
  const Lane& lane = place->second;
  if (lane.running >= lane.handle->ports.concurrency) {
    return runtime::kIdle;  // finished() comes first
  }
  Duration wait = runtime::kIdle;
  if (lane.ready) {
    wait = Duration(0);
  } else if (!lane.due_known) {
    wait = kWhenUnsure;
  } else if (lane.due) {
    // A due job that could not be claimed just now must not cause a tight loop.
    wait = *lane.due > now ? *lane.due - now : kWhenUnsure;
  }
  if (lane.breaker.allows(now)) return std::min(wait, Duration(runtime::kIdle));
  const auto open_until = lane.breaker.opens_until();
  const bool probing = !open_until || *open_until <= now;
  if (probing) return runtime::kIdle;  // finished() comes first
  return std::min<Duration>(std::max(wait, *open_until - now), runtime::kIdle);
}

LaneChange Scheduler::finished(const Batch& batch, const BatchOutcome& outcome, Timestamp now) {
  LaneChange change = LaneChange::none;
  std::function<void()> back;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    back = back_;
    const auto place = lanes_.find(batch.handle->description.fingerprint);
    if (place == lanes_.end()) return change;
    Lane& lane = place->second;
    if (lane.running > 0) --lane.running;
    switch (outcome.ca) {
      case CaSignal::works:
        if (lane.breaker.state(now) != runtime::BreakerState::closed) {
          change = LaneChange::works_again;
        }
        lane.breaker.succeeded();
        lane.failure.clear();
        break;
      case CaSignal::unavailable: {
        const bool closed = lane.breaker.state(now) == runtime::BreakerState::closed;
        lane.breaker.failed(now, outcome.retry_after);
        lane.failure = outcome.failure;
        if (closed && lane.breaker.state(now) == runtime::BreakerState::open) {
          change = LaneChange::left_alone;
        }
        break;
      }
      case CaSignal::not_called:
        lane.breaker.abandoned();
        break;
    }
    if (outcome.earliest_due && lane.due_known) {
      lane.due = lane.due ? std::min(*lane.due, *outcome.earliest_due) : *outcome.earliest_due;
    } else if (outcome.earliest_due) {
      ++lane.announcements;  // a worker may have asked the store before this outcome was there
    }
  }
  if (back) back();
  // The worker that calls this takes again by itself. The CA's others have to hear that it is back,
  // and of a due time that is earlier than the one they wait for.
  if (change == LaneChange::works_again || outcome.earliest_due) {
    work(batch.handle->description.fingerprint).notify();
  }
  return change;
}

void Scheduler::ready(const core::CaFingerprint& ca, std::size_t count) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto place = lanes_.find(ca);
    if (place != lanes_.end()) {
      Lane& lane = place->second;
      lane.ready = true;
      ++lane.announcements;
      lane.expected += count;
    }
  }
  work(ca).notify();
}

void Scheduler::all_ready() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [ca, lane] : lanes_) {
    lane.ready = true;
    ++lane.announcements;
  }
  for (auto& [ca, signal] : work_) signal.notify();
}

void Scheduler::tested(const core::CaFingerprint& ca) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto place = lanes_.find(ca);
    if (place == lanes_.end()) return;
    place->second.breaker.succeeded();
    place->second.failure.clear();
    place->second.ready = true;
    ++place->second.announcements;
  }
  work(ca).notify();
}

void Scheduler::hand_over(std::function<void()> back) {
  const std::lock_guard<std::mutex> lock(mutex_);
  back_ = std::move(back);
}

void Scheduler::remember(const core::CaFingerprint& ca, std::string failure) {
  adopt_new_cas();
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = lanes_.find(ca);
  if (place != lanes_.end()) place->second.failure = std::move(failure);
}

bool Scheduler::accepts(const core::CaFingerprint& ca, Timestamp now) const {
  return lane(ca, now).breaker != runtime::BreakerState::open;
}

LaneView Scheduler::lane(const core::CaFingerprint& ca, Timestamp now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = lanes_.find(ca);
  if (place == lanes_.end()) return {};
  const Lane& lane = place->second;
  return {lane.breaker.state(now), lane.running, lane.failure};
}

}  // namespace certconnector::jobs
