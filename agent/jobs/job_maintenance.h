// Keeps the house: deadlines, retention, expired inventory, CRLs. Each step does a bounded piece.
// One loop.
#pragma once

#include <string_view>

#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/job_store.h"
#include "agent/jobs/ca_registry.h"
#include "agent/jobs/storage_guard.h"

namespace certconnector::jobs {

struct JobMaintenanceSettings {
  Duration retention{std::chrono::hours(24 * 30)};       // of finished jobs
  Duration inventory_retention{std::chrono::hours(24)};  // of certificates after their expiry
  // No purge of the inventory before the agent has run this long: a clock that is wrong at the
  // start must not cost certificates and revocations.
  Duration inventory_patience{std::chrono::hours(1)};
  Duration interval{60000};       // between two looks at deadlines and retention
  std::size_t purge_batch = 500;  // rows in one transaction
};

class JobMaintenance {
 public:
  // `inventory` may be null: no embedded CA.
  JobMaintenance(core::JobStore& store, core::CertificateStore* inventory, CaRegistry& authorities,
                 OperatingMode& operating_mode, StorageGuard& storage, const Clock& clock,
                 log::Logger& logger, JobMaintenanceSettings settings, runtime::Signal& to_report);

  // Deadlines, retention, inventory.
  Duration step(const StopToken& stop);
  // CRLs that are due. Its loop is notified after revocations.
  Duration publish(const StopToken& stop);

 private:
  // Both: whether there is more to do at once.
  [[nodiscard]] bool expire();
  [[nodiscard]] bool purge(const Result<std::uint64_t>& removed, std::string_view what);
  [[nodiscard]] bool purge_inventory();

  core::JobStore& store_;
  core::CertificateStore* inventory_;
  CaRegistry& cas_;
  OperatingMode& operating_mode_;
  StorageGuard& storage_;
  const Clock& clock_;
  log::Logger& logger_;
  JobMaintenanceSettings settings_;
  const Timestamp started_;  // Clock::now()
  runtime::Signal& to_report_;
};

}  // namespace certconnector::jobs
