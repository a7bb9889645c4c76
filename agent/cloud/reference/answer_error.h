// From an answer that is not 200 to an Error.
#pragma once

#include <string>

#include "common/net/https_message.h"
#include "common/result/error.h"
#include "common/time/clock.h"

namespace certconnector::cloud {

// The problem document's words are in the message, without control characters and at most a few
// hundred octets. `wall` is the machine's clock, for a Retry-After date when the answer has no
// Date.
[[nodiscard]] Error answer_error(const net::HttpsAnswer& answer, Timestamp wall);

}  // namespace certconnector::cloud
