// The notify operation: NDES reports the outcome of a request that it sent to its CA.
#pragma once

#include "agent/ndes/ndes_parts.h"
#include "common/http/message.h"

namespace certconnector::ndes {

// On a thread of the pool. The first of several reports of one request counts.
void notify(const NdesParts& parts, const Call& call, http::Reply reply);

}  // namespace certconnector::ndes
