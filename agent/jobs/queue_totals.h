// The queue in three numbers: what status shows, the heartbeat reports and the poller leaves room
// for.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/core/ports/job_store.h"

namespace certconnector::jobs {

struct QueueTotals {
  std::uint64_t unfinished = 0;  // queued, running, waiting or held
  std::uint64_t active = 0;      // of these queued or running: they compete for the CAs
  std::uint64_t unreported = 0;  // succeeded, failed or dead
};
[[nodiscard]] QueueTotals queue_totals(const std::vector<core::JobCount>& counts);

}  // namespace certconnector::jobs
