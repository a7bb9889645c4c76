// How the NDES service gets the CRLs of its CA.
#pragma once

#include "agent/ndes/crl_shelf.h"
#include "common/time/stop.h"

namespace certconnector::app {

// Fetches by plain HTTP, without redirects and proxies, in at most ten seconds; reads files, DER or
// PEM. `stop` ends a fetch.
[[nodiscard]] ndes::CrlAccess crl_access(const StopToken& stop);

}  // namespace certconnector::app
