#include "agent/jobs/certificate_maintenance.h"

#include <algorithm>

namespace certconnector::jobs {

CertificateMaintenance::CertificateMaintenance(core::CertificateStore& certificates,
                                               StorageGuard& storage, const Clock& clock,
                                               log::Logger& logger,
                                               CertificateMaintenanceSettings settings)
    : certificates_(certificates),
      storage_(storage),
      clock_(clock),
      logger_(logger),
      settings_(settings),
      started_(clock.now()) {}

Duration CertificateMaintenance::step(const StopToken&) {
  if (storage_.is_failing()) return settings_.interval;
  const bool more_to_index = index();
  const bool more_to_purge =
      storage_.may_maintain() && clock_.now() - started_ >= settings_.patience && purge();
  return more_to_index || more_to_purge ? kBetweenPieces : settings_.interval;
}

bool CertificateMaintenance::index() {
  const auto more = certificates_.index_subjects();
  if (more.ok()) return *more;
  storage_.failed(more.error());
  return false;
}

// Certificates end by the wall clock, which may jump years ahead; the other one does not, and the
// earlier of the two is trusted.
bool CertificateMaintenance::purge() {
  const Timestamp before = std::min(clock_.wall(), clock_.now()) - settings_.retention;
  return purged(certificates_.purge_expired(before, settings_.purge_batch), settings_.purge_batch,
                "Expired certificates were removed from the certificate store.", storage_, logger_);
}

}  // namespace certconnector::jobs
