#include "agent/jobs/lifecycle/job_orders.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/queue_operations.h"

namespace certconnector::store {

Status settle_jobs(QueueWriter& writer, const std::vector<core::Settlement>& settlements,
                   const core::ClaimOwner& owner, Timestamp now) {
  CC_TRY_ASSIGN(const std::int64_t self, writer.owner(owner));
  for (const core::Settlement& settlement : settlements) {
    CC_TRY_ASSIGN(const auto row, load_row(writer, settlement.ticket.value));
    if (!row || !jobs::holds_claim(*row) || row->owner != self) continue;
    const auto change = jobs::settle(*row, settlement.verdict, now);
    if (!change) {
      return Error(StoreErrc::internal, ErrorKind::permanent,
                   "a running job cannot take this verdict");
    }
    CC_TRY(save_change(writer, *row, *change));
  }
  return {};
}

}  // namespace certconnector::store
