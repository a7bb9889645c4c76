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

// Certificates end by the wall clock, which may jump years ahead; the other one does not, and the
// earlier of the two is trusted.
Duration CertificateMaintenance::step(const StopToken&) {
  if (storage_.is_failing() || clock_.now() - started_ < settings_.patience) {
    return settings_.interval;
  }
  const Timestamp before = std::min(clock_.wall(), clock_.now()) - settings_.retention;
  const bool more =
      purged(certificates_.purge_expired(before, settings_.purge_batch), settings_.purge_batch,
             "Expired certificates were removed from the certificate store.", storage_, logger_);
  return more ? kBetweenPieces : settings_.interval;
}

}  // namespace certconnector::jobs
