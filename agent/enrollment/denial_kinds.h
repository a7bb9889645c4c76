// What a refusal tells of who was refused.
#pragma once

#include "agent/core/job.h"

namespace certconnector::enrollment {

// Whether the refusal is what a client gets that guesses. One with a challenge of its own never
// does, however late it comes or whatever else is wrong.
[[nodiscard]] bool is_guess(const core::Failed& refusal);
// Whether who was refused has a challenge or a certificate that is known here; nothing else stands
// behind a refusal but the message itself. What an endpoint refuses in words of its own
// (challenge_refused) shows none: it may say them of a challenge that nobody has made.
[[nodiscard]] bool presented_known_credential(const core::Failed& refusal);

// Whether the request was authorized once, as far as the refusal tells: the challenge has ended or
// was withdrawn, its signing key has retired, the certificate that asked for its renewal has
// expired.
[[nodiscard]] bool has_ended(const core::Failed& refusal);

}  // namespace certconnector::enrollment
