#include "agent/upstream/poller.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "agent/core/errors.h"
#include "agent/jobs/queue_totals.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::upstream {
namespace {

constexpr Duration kWhenQueueIsFull = std::chrono::milliseconds(200);
constexpr Duration kWithoutWorkingCa = std::chrono::seconds(5);

}  // namespace

Poller::Poller(core::ManagementEndpoint& endpoint, core::JobStore& store,
               jobs::Scheduler& scheduler, jobs::CaRegistry& authorities,
               jobs::OperatingMode& operating_mode, jobs::StorageGuard& storage,
               EndpointHealth& health, runtime::Signal& to_report, const Clock& clock,
               runtime::RetryPolicy retry, runtime::RandomSource& random,
               core::CrashPoints& crash_points, log::Logger& logger, PollerSettings settings)
    : endpoint_(endpoint),
      store_(store),
      scheduler_(scheduler),
      cas_(authorities),
      operating_mode_(operating_mode),
      storage_(storage),
      health_(health),
      to_report_(to_report),
      clock_(clock),
      backoff_(retry, random),
      crash_points_(crash_points),
      logger_(logger),
      settings_(settings) {}

Duration Poller::step(const StopToken& stop) {
  if (const Timestamp now = clock_.now(); now < not_before_) return not_before_ - now;
  if (!unacknowledged_.empty()) {
    const Duration wait = acknowledge(stop);
    if (wait > Duration(0)) return wait;
  }
  if (!operating_mode_.may_lease()) return runtime::kIdle;

  core::LeaseQuery query;
  query.authorities = servable(clock_.now());
  if (query.authorities.empty()) return kWithoutWorkingCa;
  const std::optional<std::size_t> free = room();
  if (!free) return kWithoutWorkingCa;
  if (*free == 0) return kWhenQueueIsFull;
  query.max_jobs = std::min(settings_.max_jobs, *free);
  query.wait = settings_.wait;
  query.lease = settings_.lease;

  auto leased = lease(query, stop);
  if (stop.stop_requested() && !leased.ok()) return runtime::kIdle;
  if (!leased.ok()) return interrupted_ ? Duration(0) : endpoint_failed(leased.error());
  health_.succeeded();
  backoff_.succeeded();
  if (leased->unreadable > 0) {
    logger_.warning("lease.unreadable",
                    "The endpoint sent jobs without a usable id; they cannot be answered.",
                    {{"jobs", leased->unreadable}});
  }
  if (leased->jobs.empty()) return Duration(0);
  crash_points_.reached(core::CrashPoint::leased);
  return take_in(*leased, stop);
}

std::vector<core::CaFingerprint> Poller::servable(Timestamp now) const {
  std::vector<core::CaFingerprint> fingerprints;
  for (const jobs::CaRef& issuer : cas_.all()) {
    const core::CaFingerprint& ca = issuer->description.fingerprint;
    if (cas_.health(ca).healthy && scheduler_.accepts(ca, now)) fingerprints.push_back(ca);
  }
  return fingerprints;
}

std::optional<std::size_t> Poller::room() {
  const auto counts = store_.counts();
  if (!counts.ok()) {
    storage_.failed(counts.error());
    return std::nullopt;
  }
  const std::uint64_t active = jobs::queue_totals(*counts).active;
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
  auto leased = endpoint_.lease(query, polling.token());
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

Duration Poller::endpoint_failed(const Error& error) {
  health_.failed(error);
  const Duration wait = backoff_.failed(error.retry_after());
  not_before_ = clock_.now() + wait;
  return wait;
}

Duration Poller::take_in(const core::LeasedJobs& leased, const StopToken& stop) {
  const auto results = store_.insert(leased.jobs, clock_.now());
  if (!results.ok()) {
    // Not acknowledged: the endpoint hands the jobs out again.
    storage_.failed(results.error());
    if (operating_mode_.storage_is_failing()) return runtime::kIdle;
    not_before_ = clock_.now() + backoff_.failed();
    return not_before_ - clock_.now();
  }
  crash_points_.reached(core::CrashPoint::stored);
  keep_claims(leased.jobs, *results);
  const Duration wait = acknowledge(stop);
  announce(leased.jobs, *results);
  return wait;
}

void Poller::keep_claims(const std::vector<core::NewJob>& jobs,
                         const std::vector<core::InsertResult>& results) {
  for (std::size_t i = 0; i < jobs.size() && i < results.size(); ++i) {
    const core::NewJob& job = jobs[i];
    if (results[i] == core::InsertResult::conflict) {
      logger_.warning("job.conflict",
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
    const auto standings = endpoint_.acknowledge(claims, stop);
    if (!standings.ok() && standings.error().kind() != ErrorKind::permanent) {
      return stop.stop_requested() ? runtime::kIdle : endpoint_failed(standings.error());
    }
    unacknowledged_.erase(unacknowledged_.begin(), end);
    if (!standings.ok() || standings->size() != part.size()) {
      // Not repeated: what is not acknowledged is handed out again, and a job seen twice is one
      // job.
      return endpoint_failed(standings.ok()
                                 ? Error(core::CoreErrc::bad_answer, ErrorKind::permanent,
                                         "the acknowledgement's answer has another length")
                                 : standings.error());
    }
    health_.succeeded();
    backoff_.succeeded();
    std::vector<Unacknowledged> lost;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (!(*standings)[i].held) lost.push_back(part[i]);
    }
    give_up(lost);
  }
  crash_points_.reached(core::CrashPoint::lease_acknowledged);
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
  logger_.info("lease.lost",
               "The endpoint has given jobs to another agent before they were "
               "acknowledged.",
               {{"jobs", tickets.size()}});
  const Status status = store_.lose_leases(tickets, clock_.now());
  if (!status.ok()) storage_.failed(status.error());
}

void Poller::announce(const std::vector<core::NewJob>& jobs,
                      const std::vector<core::InsertResult>& results) {
  std::map<core::CaFingerprint, std::size_t> due;
  bool report = false;
  std::size_t inserted = 0;
  for (std::size_t i = 0; i < jobs.size() && i < results.size(); ++i) {
    if (results[i] == core::InsertResult::conflict) continue;
    // A known job may be finished already, and is then to be reported again.
    report = report || jobs[i].rejection || results[i] == core::InsertResult::known;
    if (results[i] == core::InsertResult::inserted) ++inserted;
    if (jobs[i].rejection) continue;
    ++due[jobs[i].job.ca];
  }
  logger_.info("lease.taken", "Jobs were leased and stored.",
               {{"jobs", jobs.size()}, {"new", inserted}});
  for (const auto& [ca, count] : due) scheduler_.ready(ca, count);
  if (report) to_report_.notify();
}

}  // namespace certconnector::upstream
