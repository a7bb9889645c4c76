// The address of a management endpoint: "https://host" or "https://host:port".
#pragma once

#include <string_view>

#include "common/net/address/url.h"

namespace certconnector::management {

inline constexpr std::string_view kBasePath = "/management/v1";

// Refuses other schemes, paths (a lone "/" is taken), queries and fragments.
// ManagementErrc::bad_url, permanent; the message does not quote the address, since people paste
// secrets into addresses.
[[nodiscard]] Result<net::Origin> parse_origin(std::string_view url);

}  // namespace certconnector::management
