#include "agent/upstream/lease_check.h"

#include <string>
#include <utility>

#include "agent/core/failure_codes.h"

namespace certconnector::upstream {
LeaseCheck::LeaseCheck(core::ManagementEndpoint& endpoint, core::JobStore& store,
                       const Clock& clock, runtime::RetryPolicy retry,
                       runtime::RandomSource& random, log::Logger& logger, LeaseSettings settings)
    : endpoint_(endpoint),
      store_(store),
      clock_(clock),
      retry_(retry),
      random_(random),
      logger_(logger),
      settings_(settings) {}

std::vector<std::optional<core::Verdict>> LeaseCheck::check(
    const std::vector<const core::ClaimedJob*>& jobs, const StopToken& stop) {
  std::vector<std::optional<core::Verdict>> verdicts(jobs.size());
  std::vector<std::size_t> ending;
  const Timestamp now = clock_.now();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i]->lease && jobs[i]->lease->until - now < settings_.margin) ending.push_back(i);
  }
  for (std::size_t from = 0; from < ending.size(); from += core::kMostInOneCall) {
    const std::size_t to = std::min(ending.size(), from + core::kMostInOneCall);
    const std::vector<std::size_t> part(ending.begin() + static_cast<std::ptrdiff_t>(from),
                                        ending.begin() + static_cast<std::ptrdiff_t>(to));
    extend(jobs, part, verdicts, stop);
  }
  return verdicts;
}

void LeaseCheck::extend(const std::vector<const core::ClaimedJob*>& jobs,
                        const std::vector<std::size_t>& which,
                        std::vector<std::optional<core::Verdict>>& verdicts,
                        const StopToken& stop) {
  std::vector<core::LeaseClaim> claims;
  claims.reserve(which.size());
  for (const std::size_t i : which) {
    claims.push_back({jobs[i]->job.key.id, jobs[i]->lease->number});
  }
  const auto standings = endpoint_.extend(claims, settings_.lease, stop);
  if (!standings.ok() || standings->size() != which.size()) {
    const std::string why =
        standings.ok() ? "it answered for another number of leases" : standings.error().message();
    for (const std::size_t i : which) verdicts[i] = without_answer(*jobs[i], why);
    return;
  }
  std::vector<core::LeaseHolding> renewed;
  for (std::size_t n = 0; n < which.size(); ++n) {
    const core::ClaimedJob& job = *jobs[which[n]];
    const core::LeaseStanding& standing = (*standings)[n];
    if (standing.held) {
      renewed.push_back({job.ticket, job.job.key.id, job.job.key.instance,
                         core::Lease{job.lease->number, standing.until}});
    } else {
      verdicts[which[n]] = core::LeaseLost{"The endpoint has given the job to another agent."};
    }
  }
  if (renewed.empty()) return;
  const Status stored = store_.renew_leases(renewed);
  if (!stored.ok()) {
    // Harmless: the lease holds at the endpoint, and the next look extends it again.
    logger_.debug("lease.not_stored", stored.error().message());
  }
}

std::optional<core::Verdict> LeaseCheck::without_answer(const core::ClaimedJob& job,
                                                        const std::string& why) {
  const Timestamp now = clock_.now();
  if (job.lease->until > now) return std::nullopt;
  core::RetryLater later;
  later.backoff = retry_.next(job.last_backoff, std::nullopt, random_);
  later.due = now + later.backoff;
  later.code = core::failure::kEndpointUnreachable.name;
  later.message = "The job's lease has ended and the endpoint could not be asked for more: " + why;
  later.count_attempt = false;
  later.ask_ca_first = job.interrupted;
  return later;
}

}  // namespace certconnector::upstream
