#include "common/http/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "common/http/ip_network.h"
#include "common/http/server.h"

namespace certconnector::http {
namespace {

constexpr std::string_view kHttpScheme = "http://";
constexpr std::string_view kHttpsScheme = "https://";
constexpr std::size_t kMaxHostName = 253;  // RFC 1035 section 2.3.4, as text
constexpr std::size_t kMaxUrlPath = 1024;

Error bad_url(const std::string& what) {
  return {HttpErrc::bad_address, ErrorKind::permanent,
          "the address " + what + "; write it as https://host:port/path"};
}

bool is_name_character(unsigned char c) {
  return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
}

bool is_path_character(unsigned char c) {
  return is_name_character(c) || c == '/' || c == '~' || c == '%';
}

template <typename Predicate>
bool all_of(std::string_view text, Predicate fits) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return fits(static_cast<unsigned char>(c)); });
}

// Takes the host off the front of `rest`.
Result<std::string> take_host(std::string_view& rest) {
  const bool bracketed = !rest.empty() && rest.front() == '[';
  const std::size_t end = bracketed ? rest.find(']') : std::min(rest.find(':'), rest.size());
  if (end == std::string_view::npos) return bad_url("has a bracket that does not close");
  std::string host(bracketed ? rest.substr(1, end - 1) : rest.substr(0, end));
  rest.remove_prefix(bracketed ? end + 1 : end);
  const bool good = bracketed ? host.find(':') != std::string::npos && parse_address(host)
                              : all_of(host, is_name_character);
  if (!good || host.empty() || host.size() > kMaxHostName) {
    return bad_url("has a host that is no name and no IP address");
  }
  return host;
}

Result<std::uint16_t> read_port(std::string_view text, std::uint16_t otherwise) {
  if (text.empty()) return otherwise;
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [at, problem] = std::from_chars(text.data() + 1, end, port);
  if (text.front() != ':' || problem != std::errc() || at != end || port == 0) {
    return bad_url("has a port that is not a number from 1 to 65535");
  }
  return port;
}

}  // namespace

Result<ServiceUrl> parse_url(std::string_view url) {
  const bool tls = url.substr(0, kHttpsScheme.size()) == kHttpsScheme;
  if (!tls && url.substr(0, kHttpScheme.size()) != kHttpScheme) {
    return bad_url("begins with neither https:// nor http://");
  }
  url.remove_prefix(tls ? kHttpsScheme.size() : kHttpScheme.size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  std::string_view path = url.substr(slash);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (path.size() > kMaxUrlPath || !all_of(path, is_path_character)) {
    return bad_url("has something other than a path behind the host");
  }
  std::string_view rest = url.substr(0, slash);
  ServiceUrl out;
  out.path = path;
  CC_TRY_ASSIGN(out.peer.address, take_host(rest));
  CC_TRY_ASSIGN(out.peer.port, read_port(rest, tls ? 443 : 80));
  if (tls) out.peer.tls = PeerTrust{out.peer.address, ""};
  return out;
}

}  // namespace certconnector::http
