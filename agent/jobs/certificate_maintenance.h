// Removes certificates from the certificate store some time after they have expired, and prepares
// searches for subjects. Each step does a bounded piece of both. One loop.
#pragma once

#include "agent/core/ports/certificate_store.h"
#include "agent/jobs/purge_piece.h"

namespace certconnector::jobs {

struct CertificateMaintenanceSettings {
  Duration retention{std::chrono::hours(24)};  // of certificates after their expiry
  // No purge before the agent has run this long: a clock that is wrong at the start must not cost
  // certificates and revocations.
  Duration patience{std::chrono::hours(1)};
  Duration interval{60000};  // between two looks
  std::size_t purge_batch = kPurgeBatch;
};

class CertificateMaintenance {
 public:
  CertificateMaintenance(core::CertificateStore& certificates, StorageGuard& storage,
                         const Clock& clock, log::Logger& logger,
                         CertificateMaintenanceSettings settings);

  Duration step(const StopToken& stop);

 private:
  // Whether there may be more to do.
  [[nodiscard]] bool index();
  [[nodiscard]] bool purge();

  core::CertificateStore& certificates_;
  StorageGuard& storage_;
  const Clock& clock_;
  log::Logger& logger_;
  CertificateMaintenanceSettings settings_;
  const Timestamp started_;  // Clock::now()
};

}  // namespace certconnector::jobs
