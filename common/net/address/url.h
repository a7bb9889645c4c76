// The one reader of http and https URLs, RFC 3986. The caller checks which parts its URL may have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::net {

enum class Scheme { http, https };

// The server, RFC 6454.
struct Origin {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets; lower case
  std::uint16_t port = 443;
  Scheme scheme = Scheme::https;

  [[nodiscard]] std::string text() const;  // "https://host:port"
};

struct Url {
  Origin origin;
  std::string path;      // as written, "/a/b"; empty: none
  std::string query;     // without '?'
  std::string fragment;  // without '#'
};

// "https://host", "http://host:port/path?query#fragment", "https://[2001:db8::1]". The scheme and
// the host may be in upper case. Refuses other schemes, user names, ports of 0, zones, and octets
// that RFC 3986 does not allow. At most 2048 octets. Errors: AddressErrc::bad_url; the message is
// a predicate without subject, "has a port that ...", and never quotes the URL, since people paste
// secrets into URLs.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

}  // namespace certconnector::net
