// The notify operation: an NDES reports the outcome of a request that it took to its CA.
#pragma once

#include "agent/ndes/ndes_parts.h"
#include "common/http/message.h"

namespace certconnector::ndes {

// On a thread of the pool. Of several reports of one request the first one counts.
void notify(const PointParts& parts, const Call& call, http::Reply reply);

}  // namespace certconnector::ndes
