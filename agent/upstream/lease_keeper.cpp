#include "agent/upstream/lease_keeper.h"

#include <algorithm>

#include "agent/core/errors.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::upstream {
LeaseKeeper::LeaseKeeper(core::ManagementEndpoint& endpoint, core::JobStore& store,
                         const jobs::CaRegistry& authorities, jobs::OperatingMode& operating_mode,
                         jobs::StorageGuard& storage, EndpointHealth& health, const Clock& clock,
                         runtime::RetryPolicy retry, runtime::RandomSource& random,
                         log::Logger& logger, LeaseSettings settings)
    : endpoint_(endpoint),
      store_(store),
      cas_(authorities),
      operating_mode_(operating_mode),
      storage_(storage),
      health_(health),
      clock_(clock),
      backoff_(retry, random),
      logger_(logger),
      settings_(settings) {}

Duration LeaseKeeper::step(const StopToken& stop) {
  const Timestamp now = clock_.now();
  if (now < not_before_) return not_before_ - now;
  // The gate's change wakes this loop.
  if (!operating_mode_.may_report()) return runtime::kIdle;
  const Duration interval = std::max(settings_.lease / 4, Duration(1000));
  for (;;) {
    const auto ending =
        store_.leases_ending({}, now + settings_.lease / 2, served(), core::kMostInOneCall);
    if (!ending.ok()) {
      storage_.failed(ending.error());
      return interval;
    }
    if (ending->empty()) return interval;
    if (const auto wait = extend(*ending, stop)) return *wait;
    if (ending->size() < core::kMostInOneCall || stop.stop_requested()) return interval;
  }
}

std::vector<core::CaFingerprint> LeaseKeeper::served() const {
  std::vector<core::CaFingerprint> fingerprints;
  for (const jobs::CaRef& issuer : cas_.all()) {
    fingerprints.push_back(issuer->description.fingerprint);
  }
  return fingerprints;
}

std::optional<Duration> LeaseKeeper::extend(const std::vector<core::LeaseHolding>& ending,
                                            const StopToken& stop) {
  std::vector<core::LeaseClaim> claims;
  claims.reserve(ending.size());
  for (const core::LeaseHolding& holding : ending)
    claims.push_back({holding.id, holding.lease.number});
  const auto standings = endpoint_.extend(claims, settings_.lease, stop);
  if (!standings.ok()) return stop.stop_requested() ? runtime::kIdle : failed(standings.error());
  if (standings->size() != ending.size()) {
    return failed({core::CoreErrc::bad_answer, ErrorKind::permanent,
                   "the endpoint answered for another number of leases than were asked for"});
  }
  health_.succeeded();
  backoff_.succeeded();
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
    if (!stored.ok()) return store_failed(stored.error());
  }
  if (!lost.empty()) {
    logger_.info("lease.lost", "The endpoint has given jobs to another agent.",
                 {{"jobs", lost.size()}});
    const Status stored = store_.lose_leases(lost, clock_.now());
    if (!stored.ok()) return store_failed(stored.error());
  }
  // The same leases would come back at once: those of running jobs that were lost, or that the
  // endpoint kept short.
  if (!progress) return std::max(settings_.lease / 4, Duration(1000));
  return std::nullopt;
}

Duration LeaseKeeper::failed(const Error& error) {
  health_.failed(error);
  const Duration wait = backoff_.failed(error.retry_after());
  not_before_ = clock_.now() + wait;
  return wait;
}

Duration LeaseKeeper::store_failed(const Error& error) {
  storage_.failed(error);
  return backoff_.failed();
}

}  // namespace certconnector::upstream
