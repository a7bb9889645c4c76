// A revocation that a person asks for: a durable job of the agent's own, waited for a little.
#pragma once

#include "agent/control/command_context.h"
#include "common/result/result.h"

namespace certconnector::control {

struct LocalRevocation {
  core::CaFingerprint ca;
  Bytes serial;
  core::RevocationReason reason = core::RevocationReason::unspecified;
};
// The job, each time another one. `who` has asked for it.
[[nodiscard]] core::NewJob make_local_revocation(const LocalRevocation& revocation,
                                                 const std::string& who);
// The job as it stands when it has ended, or when it takes long. Errors: it could not be stored.
[[nodiscard]] Result<core::JobRecord> revoke_now(const CommandContext& context,
                                                 const LocalRevocation& revocation);

}  // namespace certconnector::control
