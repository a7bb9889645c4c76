// The keys that signed the SCEP messages of one enrollment: the first one, and the last one that
// was another. Both poll.
//
// A sender who copies a message can sign its envelope anew and so becomes the last signer, without
// knowing the request. The first one stays. A device that starts again with another throw-away key
// becomes the last one.
#pragma once

#include <optional>

#include "agent/core/ports/enrollment_ledger.h"

namespace certconnector::enrollment {

struct RequestSigners {
  crypto::Sha256 first{};
  std::optional<crypto::Sha256> last = std::nullopt;
};

[[nodiscard]] crypto::Sha256 signer_of(const core::NewEnrollment& enrollment);
[[nodiscard]] bool may_poll(const RequestSigners& signers, const crypto::Sha256& key);
// After the same request came again; nothing: as before.
[[nodiscard]] std::optional<RequestSigners> with_signer(RequestSigners signers,
                                                        const crypto::Sha256& signer);

}  // namespace certconnector::enrollment
