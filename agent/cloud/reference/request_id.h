#pragma once

#include <string>

namespace certconnector::cloud {

// A random UUID, RFC 9562 section 5.4.
[[nodiscard]] std::string make_request_id();

}  // namespace certconnector::cloud
