#include "agent/enrollment/enrollment_maintenance.h"

#include <algorithm>

namespace certconnector::enrollment {
namespace {

// Between two pieces of a long purge, so that the queue's own writes come in between.
constexpr Duration kBetweenPurges = std::chrono::milliseconds(100);

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
  // Challenges end by the wall clock, which may jump ahead; the other one does not.
  const Timestamp now = std::min(clock_.wall(), clock_.now());
  const bool more_enrollments = purged(enrollments_.purge_enrollments(now, settings_.batch),
                                       "Enrollments whose jobs are gone were forgotten.");
  const bool more_challenges =
      purged(challenges_.purge_challenges(now - settings_.challenge_retention, settings_.batch),
             "Challenges that have ended were forgotten.");
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
