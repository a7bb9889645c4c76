// Errors inside the reference endpoint, for its code and tests. The wire has problem documents.
#pragma once

#include <string>

#include "common/result/error.h"

namespace certconnector::endpoint {

enum class EndpointErrc {
  storage,    // SQLite or a file of the state directory
  conflict,   // the same id with other content
  malformed,  // input that is not what it claims to be
  refused,    // a token, key or request that is not accepted
  crypto,     // OpenSSL failed without a fault of the input
  network     // an address that cannot be listened on or reached
};

[[nodiscard]] ErrorCode error_code(EndpointErrc errc);

}  // namespace certconnector::endpoint
