// The part of a request that a store keeps once its job is over.
#pragma once

#include <variant>

#include "agent/core/job.h"

namespace certconnector::jobs {

// Whether the state ends the job now.
[[nodiscard]] bool ends(core::JobState before, core::JobState after);

// A device's PKCS#10 holds its challenge password, which may be good for every device of the
// service. Nobody needs it once the job is over, so it is blanked. The PKCS#10's signature was
// verified before and verifies no longer. False: there was nothing to blank.
bool forget_challenge(core::JobSource source,
                      std::variant<core::IssueRequest, core::RevokeRequest>& request);

}  // namespace certconnector::jobs
