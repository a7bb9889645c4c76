// The verify operation: may NDES send this request to its CA?
#pragma once

#include "agent/ndes/ndes_parts.h"
#include "common/http/message.h"

namespace certconnector::ndes {

// On a thread of the pool. Sends `reply` now or later. `parts` outlive the answer.
void verify(const NdesParts& parts, const Call& call, http::Reply reply);

}  // namespace certconnector::ndes
