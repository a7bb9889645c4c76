#include "proto/management/origin.h"

#include <algorithm>
#include <charconv>

#include "common/text/letter_case.h"
#include "proto/management/codec.h"

namespace certconnector::management {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::size_t kMaxHost = 253;  // RFC 1035 section 2.3.4, as text

Error bad_url(const std::string& what) {
  return {ManagementErrc::bad_url, ErrorKind::permanent,
          "the endpoint's address " + what + "; it must look like https://host:port"};
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_ipv6_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

Result<std::uint16_t> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535) {
    return bad_url("has a port that is not a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(port);
}

}  // namespace

std::string Origin::text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return std::string(kScheme) + (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Origin> parse_origin(std::string_view url) {
  const std::string address = text::to_lower(url);
  std::string_view rest = address;
  if (rest.substr(0, kScheme.size()) != kScheme) return bad_url("does not begin with https://");
  rest.remove_prefix(kScheme.size());
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  if (rest.find_first_of("/?#@") != std::string_view::npos) {
    return bad_url("has a path, a query, a fragment or a user name");
  }
  Origin origin;
  const bool bracketed = !rest.empty() && rest.front() == '[';
  const std::size_t host_end = bracketed ? rest.find(']') : std::min(rest.find(':'), rest.size());
  if (host_end == std::string_view::npos) return bad_url("has a bracket that does not close");
  origin.host = rest.substr(bracketed ? 1 : 0, bracketed ? host_end - 1 : host_end);
  rest.remove_prefix(bracketed ? host_end + 1 : host_end);
  const auto allowed = bracketed ? is_ipv6_character : is_host_character;
  if (origin.host.empty() || origin.host.size() > kMaxHost ||
      !std::all_of(origin.host.begin(), origin.host.end(), allowed)) {
    return bad_url("has a host that is no host name and no IP address");
  }
  if (rest.empty()) return origin;
  if (rest.front() != ':') return bad_url("has something other than a port after the host");
  CC_TRY_ASSIGN(origin.port, parse_port(rest.substr(1)));
  return origin;
}

}  // namespace certconnector::management
