#include "common/crypto/name_syntax.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/crypto/directory_string.h"
#include "common/crypto/name_matching.h"
#include "common/net/address/ip_address.h"

namespace certconnector::crypto {
namespace {

using Broken = std::optional<std::string>;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

template <typename Allowed>
bool all(std::string_view text, Allowed allowed) {
  return std::all_of(text.begin(), text.end(), allowed);
}

Broken broken_label_rule(std::string_view label) {
  constexpr std::size_t kLongest = 63;
  if (label.empty()) return "has an empty label (RFC 1034 section 3.5)";
  if (label.size() > kLongest) {
    return "has a label of " + std::to_string(label.size()) +
           " octets; at most 63 are allowed (RFC 1034 section 3.5)";
  }
  if (!all(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; })) {
    return "has a label with a character other than letters, digits, - and _ (RFC 1034 section "
           "3.5)";
  }
  if (label.front() == '-' || label.back() == '-') {
    return "has a label that begins or ends with - (RFC 1034 section 3.5)";
  }
  return std::nullopt;
}

Broken broken_host_name_rule(std::string_view name) {
  constexpr std::size_t kLongest = 253;
  if (name.size() > kLongest) {
    return "has " + std::to_string(name.size()) +
           " octets; at most 253 are allowed (RFC 1035 section 2.3.4)";
  }
  for (std::size_t from = 0; from <= name.size();) {
    const std::size_t end = std::min(name.find('.', from), name.size());
    if (auto broken = broken_label_rule(name.substr(from, end - from))) return broken;
    from = end + 1;
  }
  return std::nullopt;
}

bool is_address_literal(std::string_view text) {
  constexpr std::string_view kIpv6 = "IPv6:";
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  constexpr std::size_t kIpv4Octets = 4;
  std::string_view address = text.substr(1, text.size() - 2);
  const bool is_ipv6 = address.substr(0, kIpv6.size()) == kIpv6;
  if (is_ipv6) address.remove_prefix(kIpv6.size());
  const auto octets = net::ip_from_text(address);
  return octets && (octets->size() != kIpv4Octets) == is_ipv6;
}

bool is_dot_string(std::string_view local) {
  const bool atoms = all(local, [](char c) {
    return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-/=?^_`{|}~.");
  });
  return atoms && !local.empty() && local.front() != '.' && local.back() != '.' &&
         local.find("..") == std::string_view::npos;
}

bool is_quoted_string(std::string_view local) {
  if (local.size() < 2 || local.front() != '"' || local.back() != '"') return false;
  local = local.substr(1, local.size() - 2);
  for (std::size_t i = 0; i < local.size(); ++i) {
    if (local[i] == '"') return false;
    if (local[i] == '\\' && ++i == local.size()) return false;
  }
  return true;
}

Broken broken_host_rule(std::string_view host) {
  if (host.empty()) return "has an authority without a host (RFC 5280 section 4.2.1.6)";
  if (host.front() != '[') return broken_host_name_rule(host);
  const bool closed = host.size() > 1 && host.back() == ']';
  const auto address = closed ? net::ip_from_text(host.substr(1, host.size() - 2)) : std::nullopt;
  constexpr std::size_t kIpv6Octets = 16;
  if (address && address->size() == kIpv6Octets) return std::nullopt;
  return "has a host in brackets that is not an IPv6 address (RFC 3986 section 3.2.2)";
}

constexpr std::string_view kAuthority = "//";

// RFC 3986 section 3.2.
struct UriAuthority {
  std::string_view user_info;
  std::string_view host;
  std::string_view port;
  std::string_view behind;  // path, query and fragment
};

// `rest` begins behind "//".
UriAuthority split_authority(std::string_view rest) {
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  UriAuthority parts;
  parts.behind = rest.substr(end);
  parts.host = rest.substr(0, end);
  const std::size_t at = parts.host.rfind('@');
  if (at != std::string_view::npos) {
    parts.user_info = parts.host.substr(0, at);
    parts.host.remove_prefix(at + 1);
  }
  const std::size_t bracket = parts.host.rfind(']');
  const std::size_t colon = parts.host.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) {
    return parts;
  }
  parts.port = parts.host.substr(colon + 1);
  parts.host = parts.host.substr(0, colon);
  return parts;
}

Broken broken_authority_rule(const UriAuthority& parts) {
  if (!all(parts.port, is_digit)) return "has a port that is not a number (RFC 3986 section 3.2.3)";
  return broken_host_rule(parts.host);
}

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Of the octets outside a host in brackets.
Broken broken_uri_octet_rule(std::string_view text) {
  bool fragment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) continue;
      return "has a % without two hexadecimal digits (RFC 3986 section 2.1)";
    }
    const bool second_fragment = c == '#' && std::exchange(fragment, true);
    const bool known = is_letter(c) || is_digit(c) || is_one_of(c, "-._~:/?#@!$&'()*+,;=");
    if (!known || second_fragment) {
      return std::string("has the character ") + (c == ' ' ? "blank" : std::string(1, c)) +
             " where a URI cannot have it (RFC 3986 section 2)";
    }
  }
  return std::nullopt;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         all(text, [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "+-."); });
}

}  // namespace

Broken broken_dns_rule(std::string_view name) {
  constexpr std::string_view kWildcard = "*.";
  if (name.substr(0, kWildcard.size()) == kWildcard) {
    if (name.size() == kWildcard.size()) return "is a wildcard without a domain (RFC 6125)";
    return broken_host_name_rule(name.substr(kWildcard.size()));
  }
  return broken_host_name_rule(name);
}

Broken broken_email_rule(std::string_view name) {
  constexpr std::size_t kLongest = 254;
  constexpr std::size_t kLongestLocal = 64;
  const std::size_t at = name.rfind('@');
  if (at == std::string_view::npos) {
    return "has no @: an email address is local@domain (RFC 5321 section 4.1.2)";
  }
  const std::string_view local = name.substr(0, at);
  if (name.size() > kLongest || local.size() > kLongestLocal) {
    return "is too long: at most 64 octets before the @, and 254 in all (RFC 5321 section 4.5.3.1)";
  }
  if (!is_dot_string(local) && !is_quoted_string(local)) {
    return "has a local part that RFC 5321 section 4.1.2 does not allow";
  }
  const std::string_view domain = name.substr(at + 1);
  if (is_address_literal(domain)) return std::nullopt;
  return broken_host_name_rule(domain);
}

Broken broken_uri_rule(std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos || !is_scheme(name.substr(0, colon))) {
    return "is not an absolute URI: it has no scheme, such as https: (RFC 5280 section 4.2.1.6)";
  }
  std::string_view rest = name.substr(colon + 1);
  // A fragment is no part of what the scheme specifies.
  if (rest.empty() || rest.front() == '#') {
    return "has nothing after its scheme (RFC 5280 section 4.2.1.6)";
  }
  if (rest.substr(0, kAuthority.size()) == kAuthority) {
    const UriAuthority parts = split_authority(rest.substr(kAuthority.size()));
    if (auto broken = broken_authority_rule(parts)) return broken;
    if (auto broken = broken_uri_octet_rule(parts.user_info)) return broken;
    rest = parts.behind;
  }
  return broken_uri_octet_rule(rest);
}

std::string_view uri_host(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos || !is_scheme(uri.substr(0, colon))) return {};
  const std::string_view rest = uri.substr(colon + 1);
  if (rest.substr(0, kAuthority.size()) != kAuthority) return {};
  return split_authority(rest.substr(kAuthority.size())).host;
}

Broken broken_upn_rule(std::string_view name) {
  constexpr std::size_t kLongest = 1024;
  if (const auto control = control_character(name))
    return "holds the control character " + *control;
  if (characters_of(name) > kLongest) return "has more than 1024 characters ([MS-ADA3])";
  if (auto broken = broken_matching_rule(name)) return broken;
  const std::size_t at = name.rfind('@');
  const bool both = at != std::string_view::npos && at != 0 && at + 1 != name.size();
  if (both && name.find(' ', at) == std::string_view::npos) return std::nullopt;
  return "is not of the form user@suffix ([MS-ADTS] section 5.1.1.1.1)";
}

Broken broken_oid_rule(ByteView contents) {
  constexpr std::size_t kLongest = 63;
  constexpr std::uint64_t kLargestArc = 0x7FFFFFFF;
  if (contents.size() > kLongest) {
    return "is an object identifier of " + std::to_string(contents.size()) +
           " octets; parsers of certificates read at most 63";
  }
  std::uint64_t arc = 0;
  for (const std::uint8_t octet : contents) {
    arc = arc << 7U | (octet & 0x7FU);
    if (arc > kLargestArc) {
      return "is an object identifier with an arc of 2^31 or more, which parsers of certificates "
             "do not read";
    }
    if ((octet & 0x80U) == 0) arc = 0;
  }
  return std::nullopt;
}

}  // namespace certconnector::crypto
