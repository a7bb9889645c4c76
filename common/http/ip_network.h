// IP addresses of clients, and the networks that they come from.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::http {

// 4 or 16 octets; an IPv4 address mapped into IPv6 (RFC 4291 section 2.5.5.2) is IPv4.
[[nodiscard]] std::optional<Bytes> parse_address(std::string_view text);

// The key by which a limit for each client counts: an IPv4 address, or the /64 of an IPv6 address
// (one host has all of it). Any other value is used as is.
[[nodiscard]] std::string limit_key(const std::string& address);

enum class NetworkErrc { malformed };  // permanent
[[nodiscard]] ErrorCode error_code(NetworkErrc errc);

class IpNetwork {
 public:
  // "192.0.2.0/24", "2001:db8::/32", or an address alone. Errors: malformed, also for address bits
  // behind the prefix.
  [[nodiscard]] static Result<IpNetwork> parse(const std::string& text);

  // `address` as parse_address() gives it.
  [[nodiscard]] bool contains(ByteView address) const;

 private:
  IpNetwork(Bytes address, std::size_t prefix);

  Bytes address_;
  std::size_t prefix_;  // bits
};

}  // namespace certconnector::http
