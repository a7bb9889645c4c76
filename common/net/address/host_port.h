// A host and a port as people write them, RFC 3986 sections 3.2.2 and 3.2.3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::net {

struct HostPort {
  // A name, an IPv4 address, or an IPv6 address without brackets; as written.
  std::string host;
  std::optional<std::uint16_t> port = std::nullopt;  // without: none was written
};

// "name", "192.0.2.1:80", "[2001:db8::1]:80", "[fe80::1%eth0]:80". An IPv6 address needs its
// brackets. Errors: AddressErrc::bad_address; the message is a predicate without subject, "has a
// host that ...", and never quotes the text.
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);

// With brackets around an IPv6 address: "[2001:db8::1]:80".
[[nodiscard]] std::string host_port_text(const std::string& host, std::uint16_t port);

}  // namespace certconnector::net
