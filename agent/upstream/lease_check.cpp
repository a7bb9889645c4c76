#include "agent/upstream/lease_check.h"

#include <algorithm>
#include <utility>

#include "agent/core/errors.h"
#include "agent/core/failure_codes.h"

namespace certconnector::upstream {
namespace {

using Standings = Result<std::vector<core::LeaseStanding>>;

Standings ask(const UpstreamSession& session, const std::vector<core::LeaseClaim>& claims,
              Duration lease, const StopToken& stop) {
  if (session.roles.feed == nullptr) {
    return Error(core::CoreErrc::bad_answer, ErrorKind::permanent, "it leases no jobs any more");
  }
  auto standings = session.roles.feed->extend(claims, lease, stop);
  if (standings.ok() && standings->size() != claims.size()) {
    return Error(core::CoreErrc::bad_answer, ErrorKind::permanent,
                 "it answered for another number of leases");
  }
  return standings;
}

std::optional<core::Verdict> without_answer(const UpstreamSession& session,
                                            const core::ClaimedJob& job, const Error& why) {
  const Timestamp now = session.clock.now();
  if (job.lease->until > now) return std::nullopt;
  core::RetryLater later;
  later.backoff = session.retry.next(job.last_backoff, std::nullopt, session.random);
  later.due = now + later.backoff;
  later.code = core::failure::kEndpointUnreachable.name;
  later.message =
      "The job's lease has ended and the endpoint could not be asked for more: " + why.message();
  later.count_attempt = false;
  later.ask_ca_first = job.interrupted;
  return later;
}

}  // namespace

LeaseCheck::LeaseCheck(std::vector<UpstreamSession> sessions, core::JobStore& store,
                       LeaseSettings settings)
    : sessions_(std::move(sessions)), store_(store), settings_(settings) {}

std::vector<std::optional<core::Verdict>> LeaseCheck::check(
    const std::vector<const core::ClaimedJob*>& jobs, const StopToken& stop) {
  Verdicts verdicts(jobs.size());
  for (const UpstreamSession& session : sessions_) {
    const std::vector<std::size_t> all = ending(session, jobs);
    for (std::size_t from = 0; from < all.size(); from += core::kMostInOneCall) {
      const std::size_t to = std::min(all.size(), from + core::kMostInOneCall);
      const std::vector<std::size_t> part(all.begin() + static_cast<std::ptrdiff_t>(from),
                                          all.begin() + static_cast<std::ptrdiff_t>(to));
      extend(session, jobs, part, verdicts, stop);
    }
  }
  return verdicts;
}

std::vector<std::size_t> LeaseCheck::ending(
    const UpstreamSession& session, const std::vector<const core::ClaimedJob*>& jobs) const {
  std::vector<std::size_t> which;
  const Timestamp now = session.clock.now();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const core::JobKey& key = jobs[i]->job.key;
    if (!jobs[i]->lease || jobs[i]->lease->until - now >= settings_.margin) continue;
    if (core::includes(session.share, key.source, key.instance)) which.push_back(i);
  }
  return which;
}

void LeaseCheck::extend(const UpstreamSession& session,
                        const std::vector<const core::ClaimedJob*>& jobs,
                        const std::vector<std::size_t>& which, Verdicts& verdicts,
                        const StopToken& stop) {
  std::vector<core::LeaseClaim> claims;
  claims.reserve(which.size());
  for (const std::size_t i : which) {
    claims.push_back({jobs[i]->job.key.id, jobs[i]->lease->number});
  }
  const Standings standings = ask(session, claims, settings_.lease, stop);
  std::vector<core::LeaseHolding> renewed;
  for (std::size_t n = 0; n < which.size(); ++n) {
    const core::ClaimedJob& job = *jobs[which[n]];
    if (!standings.ok()) {
      verdicts[which[n]] = without_answer(session, job, standings.error());
    } else if ((*standings)[n].held) {
      renewed.push_back({job.ticket, job.job.key.id, job.job.key.instance,
                         core::Lease{job.lease->number, (*standings)[n].until}});
    } else {
      verdicts[which[n]] = core::LeaseLost{"The endpoint has given the job to another agent."};
    }
  }
  if (!renewed.empty()) renew(session, renewed);
}

void LeaseCheck::renew(const UpstreamSession& session,
                       const std::vector<core::LeaseHolding>& renewed) {
  const Status stored = store_.renew_leases(renewed);
  // Harmless: the lease holds at the endpoint, and the next look extends it again.
  if (!stored.ok()) session.logger.debug("lease.not_stored", stored.error().message());
}

}  // namespace certconnector::upstream
