#include "agent/jobs/queue_totals.h"

namespace certconnector::jobs {

QueueTotals queue_totals(const std::vector<core::JobCount>& counts) {
  QueueTotals totals;
  for (const core::JobCount& count : counts) {
    switch (count.state) {
      case core::JobState::queued:
      case core::JobState::running:
        totals.active += count.count;
        totals.unfinished += count.count;
        break;
      case core::JobState::waiting:
      case core::JobState::held:
        totals.unfinished += count.count;
        break;
      case core::JobState::succeeded:
      case core::JobState::failed:
      case core::JobState::dead:
        totals.unreported += count.count;
        break;
      case core::JobState::canceled:
      case core::JobState::reported:
        break;
    }
  }
  return totals;
}

}  // namespace certconnector::jobs
