#include "agent/upstream/lease_keeper.h"

#include <algorithm>

#include "agent/core/errors.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::upstream {

LeaseKeeper::LeaseKeeper(const UpstreamSession& session, core::JobStore& store,
                         const jobs::CaRegistry& cas, LeaseSettings settings)
    : session_(session),
      feed_(*session.roles.feed),
      store_(store),
      cas_(cas),
      pace_(session.pace()),
      settings_(settings) {}

Duration LeaseKeeper::step(const StopToken& stop) {
  if (const auto wait = pace_.waits()) return *wait;
  // The operating mode's change wakes this loop.
  if (!session_.operating_mode.may_report()) return runtime::kIdle;
  const Duration interval = std::max(settings_.lease / 4, Duration(1000));
  const Timestamp before = session_.clock.now() + settings_.lease / 2;
  for (;;) {
    const auto ending =
        store_.leases_ending(session_.share, before, served(), core::kMostInOneCall);
    if (!ending.ok()) return pace_.store_failed(ending.error());
    if (ending->empty()) return interval;
    if (const auto wait = extend(*ending, stop)) return *wait;
    if (ending->size() < core::kMostInOneCall || stop.stop_requested()) return interval;
  }
}

std::vector<core::CaFingerprint> LeaseKeeper::served() const {
  std::vector<core::CaFingerprint> fingerprints;
  for (const jobs::CaRef& handle : cas_.all()) {
    fingerprints.push_back(handle->description.fingerprint);
  }
  return fingerprints;
}

std::optional<Duration> LeaseKeeper::extend(const std::vector<core::LeaseHolding>& ending,
                                            const StopToken& stop) {
  std::vector<core::LeaseClaim> claims;
  claims.reserve(ending.size());
  for (const core::LeaseHolding& holding : ending)
    claims.push_back({holding.id, holding.lease.number});
  const auto standings = feed_.extend(claims, settings_.lease, stop);
  if (!standings.ok())
    return stop.stop_requested() ? runtime::kIdle : pace_.failed(standings.error());
  if (standings->size() != ending.size()) {
    return pace_.failed({core::CoreErrc::bad_answer, ErrorKind::permanent,
                         "the endpoint answered for another number of leases than were asked for"});
  }
  pace_.succeeded();
  return note(ending, *standings);
}

std::optional<Duration> LeaseKeeper::note(const std::vector<core::LeaseHolding>& ending,
                                          const std::vector<core::LeaseStanding>& standings) {
  std::vector<core::LeaseHolding> renewed;
  std::vector<core::JobTicket> lost;
  bool progress = false;
  for (std::size_t i = 0; i < ending.size(); ++i) {
    if (!standings[i].held) {
      lost.push_back(ending[i].ticket);
      continue;
    }
    renewed.push_back(ending[i]);
    renewed.back().lease.until = standings[i].until;
    progress = progress || standings[i].until > ending[i].lease.until;
  }
  if (!renewed.empty()) {
    const Status stored = store_.renew_leases(renewed);
    if (!stored.ok()) return pace_.store_failed(stored.error());
  }
  if (!lost.empty()) {
    session_.logger.info(
        "lease.lost",
        "The endpoint gave jobs to another agent, or this one was enrolled anew meanwhile.",
        {{"jobs", lost.size()}});
    const Status stored = store_.lose_leases(lost, session_.clock.now());
    if (!stored.ok()) return pace_.store_failed(stored.error());
  }
  // The same leases would come back at once: those of running jobs that were lost, or that the
  // endpoint kept short.
  if (!progress) return std::max(settings_.lease / 4, Duration(1000));
  return std::nullopt;
}

}  // namespace certconnector::upstream
