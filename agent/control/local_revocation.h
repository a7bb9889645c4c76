// A revocation by a person: a durable local job, and a short wait for its end.
#pragma once

#include "agent/control/command_context.h"
#include "common/result/result.h"

namespace certconnector::control {

struct LocalRevocation {
  core::CaFingerprint ca;
  Bytes serial;
  core::RevocationReason reason = core::RevocationReason::unspecified;
};
// A new job for every call. `who` is the caller.
[[nodiscard]] core::NewJob make_local_revocation(const LocalRevocation& revocation,
                                                 const std::string& who);
// Returns the job at its end, or before it when the job takes long. Errors: those of storing it.
[[nodiscard]] Result<core::JobRecord> revoke_now(const CommandContext& context,
                                                 const LocalRevocation& revocation);

}  // namespace certconnector::control
