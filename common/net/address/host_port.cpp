#include "common/net/address/host_port.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "common/net/address/errors.h"
#include "common/net/address/ip_address.h"

namespace certconnector::net {
namespace {

constexpr std::size_t kMaxHostName = 253;  // RFC 1035 section 2.3.4, as text

Error bad_host_port(const char* what) {
  return {AddressErrc::bad_address, ErrorKind::permanent, what};
}

bool is_host_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
  });
}

// An IPv6 address, with or without a zone (RFC 4007 section 11).
bool is_bracketed_host(std::string_view text) {
  const auto percent = text.find('%');
  const std::string_view address = text.substr(0, percent);
  if (address.find(':') == std::string_view::npos || !ip_from_text(address)) return false;
  return percent == std::string_view::npos || is_host_name(text.substr(percent + 1));
}

Result<std::optional<std::uint16_t>> read_port(std::string_view text) {
  if (text.empty()) return std::optional<std::uint16_t>();
  if (text.front() != ':') return bad_host_port("has something other than a port after the host");
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [at, problem] = std::from_chars(text.data() + 1, end, port);
  if (problem != std::errc() || at != end) {
    return bad_host_port("has a port that is not a number up to 65535");
  }
  return std::optional<std::uint16_t>(port);
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
  const bool bracketed = !text.empty() && text.front() == '[';
  const std::size_t end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return bad_host_port("has a bracket that does not close");
  const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  if (host.empty()) return bad_host_port("has no host");
  const bool good = bracketed ? is_bracketed_host(host) : is_host_name(host);
  if (!good || host.size() > kMaxHostName) {
    return bad_host_port("has a host that is no host name and no IP address");
  }
  CC_TRY_ASSIGN(const auto port, read_port(text.substr(bracketed ? end + 1 : end)));
  return HostPort{std::string(host), port};
}

std::string host_port_text(const std::string& host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace certconnector::net
