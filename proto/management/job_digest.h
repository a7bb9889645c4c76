// The identity of a job's content on the wire.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/crypto/digest.h"

namespace certconnector::management {

// SHA-256 over the canonical form (RFC 8785) of the job object without its member `lease`.
[[nodiscard]] crypto::Sha256 job_digest(const nlohmann::json& job);

}  // namespace certconnector::management
