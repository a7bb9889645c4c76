// What a denial says about its client.
#pragma once

#include "agent/core/job.h"

namespace certconnector::enrollment {

// Whether the client may have guessed. A client with a valid challenge never gets such a denial,
// however late it comes or whatever else is wrong.
[[nodiscard]] bool is_guess(const core::Failed& denial);
// Whether the client showed a challenge or a certificate that the agent knows. Otherwise only the
// message itself supports the denial. `challenge_refused`, with the endpoint's text, shows neither:
// the endpoint may answer so for an invented challenge.
[[nodiscard]] bool presented_known_credential(const core::Failed& denial);

// Whether the request was authorized once, as far as the denial shows: its challenge expired or was
// withdrawn, its signing key retired, or the certificate that asks for its renewal expired.
[[nodiscard]] bool has_ended(const core::Failed& denial);

}  // namespace certconnector::enrollment
