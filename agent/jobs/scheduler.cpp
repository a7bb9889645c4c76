#include "agent/jobs/scheduler.h"

#include <algorithm>
#include <utility>

#include "common/runtime/loop_thread.h"

namespace certconnector::jobs {
namespace {

// Fewer jobs than this are not worth a transaction of their own, even to keep two workers busy.
constexpr std::size_t kSmallestShare = 8;
constexpr Duration kAfterStoreError = std::chrono::seconds(5);
constexpr Duration kWhenUnsure = std::chrono::seconds(1);

}  // namespace

Scheduler::Scheduler(core::JobStore& store, CaRegistry& authorities, OperatingMode& operating_mode,
                     StorageGuard& storage, SchedulerSettings settings)
    : store_(store),
      cas_(authorities),
      operating_mode_(operating_mode),
      storage_(storage),
      settings_(std::move(settings)) {}

Take Scheduler::take(Timestamp now) {
  const std::lock_guard<std::mutex> claiming(claiming_);
  adopt_new_authorities();
  // The second round is for due times that only the store knew.
  for (int round = 0; round < 2; ++round) {
    while (operating_mode_.may_submit()) {
      const std::optional<Plan> next = plan(now);
      if (!next) break;
      if (auto batch = claim(*next, now)) return {std::move(batch), Duration(0)};
    }
    if (!operating_mode_.may_submit()) return {std::nullopt, runtime::kIdle};
    if (round == 0 && !learn_due_times()) break;
  }
  return {std::nullopt, until_next(now)};
}

void Scheduler::adopt_new_authorities() {
  const std::uint64_t version = cas_.version();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (version == adopted_version_) return;
  }
  const std::vector<CaRef> issuers = cas_.all();
  const std::lock_guard<std::mutex> lock(mutex_);
  adopted_version_ = version;
  for (const CaRef& issuer : issuers) {
    const auto [place, added] =
        lanes_.try_emplace(issuer->description.fingerprint, issuer, settings_.breaker);
    if (!added) place->second.issuer = issuer;
    place->second.ready = true;
  }
}

std::optional<Scheduler::Plan> Scheduler::plan(Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto place = lanes_.upper_bound(last_served_);
  for (std::size_t seen = 0; seen < lanes_.size(); ++seen, ++place) {
    if (place == lanes_.end()) place = lanes_.begin();
    Lane& lane = place->second;
    const bool due = lane.ready || (lane.due_known && lane.due && *lane.due <= now);
    if (!due || lane.running >= lane.issuer->authority.concurrency || !lane.breaker.allows(now)) {
      continue;
    }
    const bool probe = lane.breaker.state(now) == runtime::BreakerState::half_open;
    Plan plan{lane.issuer, probe ? 1 : share(lane), lane.announcements};
    lane.breaker.started(now);
    ++lane.running;
    return plan;
  }
  return std::nullopt;
}

std::size_t Scheduler::share(const Lane& lane) const {
  const core::CaPorts& authority = lane.issuer->authority;
  if (lane.expected == 0) return authority.batch;
  const std::size_t parallel = std::min(settings_.workers, authority.concurrency);
  const std::size_t free = parallel > lane.running ? parallel - lane.running : 1;
  const std::size_t fair = (lane.expected + free - 1) / free;
  return std::min(authority.batch, std::max(fair, kSmallestShare));
}

std::optional<Batch> Scheduler::claim(const Plan& plan, Timestamp now) {
  const core::CaFingerprint& ca = plan.issuer->description.fingerprint;
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
  last_served_ = ca;
  return Batch{plan.issuer, std::move(claimed).value()};
}

bool Scheduler::learn_due_times() {
  struct Question {
    core::CaFingerprint ca;
    std::uint64_t announcements = 0;
  };
  std::vector<Question> validation_pool;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [ca, lane] : lanes_) {
      if (!lane.ready && !lane.due_known) validation_pool.push_back({ca, lane.announcements});
    }
  }
  for (const Question& question : validation_pool) {
    const auto due = store_.next_due(question.ca);
    if (!due.ok()) {
      storage_.failed(due.error());
      continue;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    Lane& lane = lanes_.at(question.ca);
    if (lane.announcements != question.announcements) continue;
    lane.due_known = true;
    lane.due = *due;
  }
  return !validation_pool.empty();
}

Duration Scheduler::until_next(Timestamp now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Duration wait = runtime::kIdle;
  for (const auto& [ca, lane] : lanes_) {
    if (lane.running >= lane.issuer->authority.concurrency) continue;  // finished() comes first
    Duration lane_wait = runtime::kIdle;
    if (lane.ready) {
      lane_wait = Duration(0);
    } else if (!lane.due_known) {
      lane_wait = kWhenUnsure;
    } else if (lane.due) {
      // What is due and could not be claimed just now is not asked for in a tight loop.
      lane_wait = *lane.due > now ? *lane.due - now : kWhenUnsure;
    }
    if (!lane.breaker.allows(now)) {
      const auto open_until = lane.breaker.opens_until();
      const bool probing = !open_until || *open_until <= now;
      if (probing) continue;  // finished() comes first
      lane_wait = std::max(lane_wait, *open_until - now);
    }
    wait = std::min(wait, lane_wait);
  }
  return wait;
}

void Scheduler::finished(const Batch& batch, const BatchOutcome& outcome, Timestamp now) {
  bool reopened = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto place = lanes_.find(batch.issuer->description.fingerprint);
    if (place == lanes_.end()) return;
    Lane& lane = place->second;
    if (lane.running > 0) --lane.running;
    switch (outcome.ca) {
      case CaSignal::works:
        reopened = lane.breaker.state(now) != runtime::BreakerState::closed;
        lane.breaker.succeeded();
        break;
      case CaSignal::unavailable:
        lane.breaker.failed(now, outcome.retry_after);
        break;
      case CaSignal::not_called:
        lane.breaker.abandoned();
        break;
    }
    if (outcome.earliest_due && lane.due_known) {
      lane.due = lane.due ? std::min(*lane.due, *outcome.earliest_due) : *outcome.earliest_due;
    }
  }
  // The worker that calls this takes again by itself. The others have to hear of a CA that is back,
  // and of a due time that is earlier than the one they wait for.
  if (reopened || outcome.earliest_due) work_.notify();
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
  work_.notify();
}

void Scheduler::all_ready() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto& [ca, lane] : lanes_) {
      lane.ready = true;
      ++lane.announcements;
    }
  }
  work_.notify();
}

bool Scheduler::accepts(const core::CaFingerprint& ca, Timestamp now) const {
  return lane(ca, now).breaker != runtime::BreakerState::open;
}

LaneView Scheduler::lane(const core::CaFingerprint& ca, Timestamp now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = lanes_.find(ca);
  if (place == lanes_.end()) return {};
  return {place->second.breaker.state(now), place->second.running};
}

}  // namespace certconnector::jobs
