#include "agent/enrollment/enrollment_maintenance.h"

#include <algorithm>

namespace certconnector::enrollment {
namespace {

// A pause between two pieces of a long purge, for the queue's own writes.
constexpr Duration kBetweenPurges = std::chrono::milliseconds(10);

}  // namespace

EnrollmentMaintenance::EnrollmentMaintenance(core::EnrollmentLedger& enrollments,
                                             core::ChallengeLedger& challenges,
                                             jobs::StorageGuard& storage, const Clock& clock,
                                             log::Logger& logger,
                                             EnrollmentMaintenanceSettings settings)
    : enrollments_(enrollments),
      challenges_(challenges),
      storage_(storage),
      clock_(clock),
      logger_(logger),
      settings_(settings),
      started_(clock.now()) {}

Duration EnrollmentMaintenance::step(const StopToken&) {
  const Duration ran = clock_.now() - started_;
  if (ran < settings_.patience) return settings_.patience - ran;
  if (!storage_.may_maintain()) return settings_.interval;
  // Challenges end by the wall clock, which may jump ahead; the steady clock does not.
  const Timestamp now = std::min(clock_.wall(), clock_.now());
  const bool more_enrollments = purged(enrollments_.purge_enrollments(now, settings_.batch),
                                       "The agent removed enrollments whose jobs are gone.");
  const bool more_challenges =
      purged(challenges_.purge_challenges(now - settings_.challenge_retention, settings_.batch),
             "The agent removed challenges that have ended.");
  return more_enrollments || more_challenges ? kBetweenPurges : settings_.interval;
}

bool EnrollmentMaintenance::purged(const Result<std::uint64_t>& removed, std::string_view what) {
  if (!removed.ok()) {
    storage_.failed(removed.error());
    return false;
  }
  if (*removed > 0) logger_.debug("purge", what, {{"rows", *removed}});
  return *removed >= settings_.batch;
}

}  // namespace certconnector::enrollment
