// A revocation by a person: a durable local job, and a short wait for its end.
#pragma once

#include "agent/control/caller.h"
#include "agent/control/job_operations.h"
#include "common/result/result.h"

namespace certconnector::control {

struct LocalRevocation {
  core::CaFingerprint ca;
  Bytes serial;
  core::RevocationReason reason = core::RevocationReason::unspecified;
};
// A new job for every call.
[[nodiscard]] core::NewJob make_local_revocation(const LocalRevocation& revocation,
                                                 const Caller& caller);
// Returns the job at its end, or before it when the job takes long. Errors: those of storing it.
[[nodiscard]] Result<core::JobRecord> revoke_now(JobOperations& jobs,
                                                 const LocalRevocation& revocation,
                                                 const Caller& caller);

}  // namespace certconnector::control
