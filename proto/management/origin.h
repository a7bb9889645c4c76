// The address of a management endpoint: "https://host" or "https://host:port", RFC 6454.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::management {

inline constexpr std::string_view kBasePath = "/management/v1";

struct Origin {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets; lower case
  std::uint16_t port = 443;

  [[nodiscard]] std::string text() const;  // "https://host:port"
};

// Refuses other schemes, user names, paths (a lone "/" is taken), queries and fragments.
// ManagementErrc::bad_url, permanent; the message does not quote the address, since people paste
// secrets into addresses.
[[nodiscard]] Result<Origin> parse_origin(std::string_view url);

}  // namespace certconnector::management
