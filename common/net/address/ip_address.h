// IP addresses as certificates hold them (4 or 16 octets) and as people write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/text/bytes.h"

namespace certconnector::net {

// "192.0.2.1", or IPv6 in the one form of RFC 5952; nothing for another number of octets.
[[nodiscard]] std::optional<std::string> ip_to_text(ByteView octets);
// Any form of RFC 4291 section 2.2, without zone and prefix length.
[[nodiscard]] std::optional<Bytes> ip_from_text(std::string_view text);
// The same, but an IPv4 address that is mapped into IPv6 (RFC 4291 section 2.5.5.2) is IPv4.
[[nodiscard]] std::optional<Bytes> unmapped_ip_from_text(std::string_view text);

}  // namespace certconnector::net
