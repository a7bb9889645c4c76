#include "agent/upstream/poller.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/core/errors.h"
#include "agent/jobs/queue_totals.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::upstream {
namespace {

constexpr Duration kWhenQueueIsFull = std::chrono::milliseconds(200);
constexpr Duration kWithoutWorkingCa = std::chrono::seconds(5);

}  // namespace

Poller::Poller(const UpstreamSession& session, core::JobStore& store, jobs::Scheduler& scheduler,
               jobs::CaRegistry& cas, jobs::JobIntake& intake, PollerSettings settings)
    : session_(session),
      feed_(*session.roles.feed),
      store_(store),
      scheduler_(scheduler),
      cas_(cas),
      intake_(intake),
      pace_(session.pace()),
      settings_(settings) {}

Duration Poller::step(const StopToken& stop) {
  if (const auto wait = pace_.waits()) return *wait;
  if (!unacknowledged_.empty()) {
    const Duration wait = acknowledge(stop);
    if (wait > Duration(0)) return wait;
  }
  if (!session_.operating_mode.may_lease()) return runtime::kIdle;

  core::LeaseQuery query;
  query.cas = servable(session_.clock.now());
  if (query.cas.empty()) return kWithoutWorkingCa;
  const auto free = room();
  if (!free.ok()) return pace_.store_failed(free.error());
  if (*free == 0) return kWhenQueueIsFull;
  query.max_jobs = std::min(settings_.max_jobs, *free);
  query.wait = settings_.wait;
  query.lease = settings_.lease;

  auto leased = lease(query, stop);
  if (stop.stop_requested() && !leased.ok()) return runtime::kIdle;
  if (!leased.ok()) return interrupted_ ? Duration(0) : pace_.failed(leased.error());
  pace_.succeeded();
  if (leased->unreadable > 0) {
    session_.logger.warning("lease.unreadable",
                            "The endpoint sent jobs without a usable id; they cannot be answered.",
                            {{"jobs", leased->unreadable}});
  }
  if (leased->jobs.empty()) return Duration(0);
  session_.crash_points.reached(core::CrashPoint::leased);
  return take_in(*leased, stop);
}

std::vector<core::CaFingerprint> Poller::servable(Timestamp now) const {
  std::vector<core::CaFingerprint> fingerprints;
  for (const jobs::CaRef& handle : cas_.all()) {
    const core::CaFingerprint& ca = handle->description.fingerprint;
    if (cas_.health(ca, now).healthy && scheduler_.accepts(ca, now)) fingerprints.push_back(ca);
  }
  return fingerprints;
}

Result<std::size_t> Poller::room() {
  CC_TRY_ASSIGN(const auto counts, store_.counts());
  const std::uint64_t active = jobs::queue_totals(counts).active;
  return active >= settings_.high_water ? 0 : settings_.high_water - active;
}

Result<core::LeasedJobs> Poller::lease(const core::LeaseQuery& query, const StopToken& stop) {
  StopSource polling;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    polling_ = polling;
    interrupted_ = false;
  }
  const StopCallback both = stop.on_stop([polling]() mutable { polling.request_stop(); });
  auto leased = feed_.lease(query, polling.token());
  const std::lock_guard<std::mutex> lock(mutex_);
  polling_.reset();
  return leased;
}

void Poller::interrupt() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!polling_) return;
  interrupted_ = true;
  polling_->request_stop();
}

Duration Poller::take_in(const core::LeasedJobs& leased, const StopToken& stop) {
  const auto results = intake_.store(leased.jobs);
  // Not acknowledged: the endpoint hands the jobs out again.
  if (!results.ok()) return pace_.store_failed(results.error());
  session_.crash_points.reached(core::CrashPoint::stored);
  keep_claims(leased.jobs, *results);
  const Duration wait = acknowledge(stop);
  intake_.announce(leased.jobs, *results);
  const auto inserted = std::count(results->begin(), results->end(), core::InsertResult::inserted);
  session_.logger.info("lease.taken", "Jobs were leased and stored.",
                       {{"jobs", leased.jobs.size()}, {"new", inserted}});
  return wait;
}

void Poller::keep_claims(const std::vector<core::NewJob>& jobs,
                         const std::vector<core::InsertResult>& results) {
  for (std::size_t i = 0; i < jobs.size() && i < results.size(); ++i) {
    const core::NewJob& job = jobs[i];
    if (results[i] == core::InsertResult::conflict) {
      session_.logger.warning(
          "job.conflict",
          "The endpoint sent another job under an id that is in use; it was not taken.",
          {{"job", job.job.key.id}, {"correlation", job.job.correlation_id}});
      continue;
    }
    if (job.lease) unacknowledged_.push_back({job.job.key, job.lease->number});
  }
}

Duration Poller::acknowledge(const StopToken& stop) {
  while (!unacknowledged_.empty()) {
    const auto end = unacknowledged_.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                   unacknowledged_.size(), core::kMostInOneCall));
    const std::vector<Unacknowledged> part(unacknowledged_.begin(), end);
    std::vector<core::LeaseClaim> claims;
    claims.reserve(part.size());
    for (const Unacknowledged& one : part) claims.push_back({one.key.id, one.lease});
    const auto standings = feed_.acknowledge(claims, stop);
    if (!standings.ok() && standings.error().kind() != ErrorKind::permanent) {
      return stop.stop_requested() ? runtime::kIdle : pace_.failed(standings.error());
    }
    unacknowledged_.erase(unacknowledged_.begin(), end);
    if (!standings.ok() || standings->size() != part.size()) {
      // Not repeated: what is not acknowledged is handed out again, and a job seen twice is one
      // job.
      return pace_.failed(standings.ok() ? Error(core::CoreErrc::bad_answer, ErrorKind::permanent,
                                                 "the acknowledgement's answer has another length")
                                         : standings.error());
    }
    pace_.succeeded();
    std::vector<Unacknowledged> lost;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (!(*standings)[i].held) lost.push_back(part[i]);
    }
    give_up(lost);
  }
  session_.crash_points.reached(core::CrashPoint::lease_acknowledged);
  return Duration(0);
}

void Poller::give_up(const std::vector<Unacknowledged>& lost) {
  std::vector<core::JobTicket> tickets;
  for (const Unacknowledged& one : lost) {
    const auto found = store_.find(one.key);
    if (!found.ok() || !*found) continue;
    const core::JobRecord& record = **found;
    if (record.lease && record.lease->number == one.lease) tickets.push_back(record.ticket);
  }
  if (tickets.empty()) return;
  session_.logger.info("lease.lost",
                       "The endpoint gave jobs to another agent before this one acknowledged "
                       "them, or this one was enrolled anew meanwhile.",
                       {{"jobs", tickets.size()}});
  const Status status = store_.lose_leases(tickets, session_.clock.now());
  if (!status.ok()) session_.storage.failed(status.error());
}

}  // namespace certconnector::upstream
