#pragma once

#include <string>

#include "common/net/https_message.h"

namespace certconnector::cloud {

// A POST of the protocol; `path` as in openapi.yaml, below its base path.
[[nodiscard]] net::HttpsRequest json_request(const std::string& path, std::string body);

}  // namespace certconnector::cloud
