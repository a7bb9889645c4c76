// Environment variables for the process's libraries, set before its first thread starts.
#pragma once

#include "common/result/result.h"

namespace certconnector::platform {

// The agent trusts the anchors of its configuration only, but cpprestsdk loads the machine's trust
// store for every new connection, which costs 20 ms and is then replaced. This gives OpenSSL an
// empty one to load. Not thread-safe.
[[nodiscard]] Status leave_out_system_trust_store();

}  // namespace certconnector::platform
