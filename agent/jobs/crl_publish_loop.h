// Publishes the CRLs that are due, of every CA whose CRL the agent publishes. One loop; it is
// notified after revocations.
#pragma once

#include "agent/jobs/ca_registry.h"
#include "agent/jobs/storage_guard.h"

namespace certconnector::jobs {

class CrlPublishLoop {
 public:
  CrlPublishLoop(CaRegistry& cas, StorageGuard& storage, const Clock& clock, log::Logger& logger);

  Duration step(const StopToken& stop);

 private:
  CaRegistry& cas_;
  StorageGuard& storage_;
  const Clock& clock_;
  log::Logger& logger_;
};

}  // namespace certconnector::jobs
