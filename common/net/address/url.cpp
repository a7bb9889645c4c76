#include "common/net/address/url.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "common/net/address/errors.h"
#include "common/net/address/host_port.h"
#include "common/text/letter_case.h"

namespace certconnector::net {
namespace {

constexpr std::size_t kMaxUrl = 2048;
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

Error bad_url(const std::string& what) {
  return {AddressErrc::bad_url, ErrorKind::permanent, what};
}

bool is_hex_digit(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// RFC 3986 sections 3.3 to 3.5, `more` beside what a path segment may have.
bool has_only_url_octets(std::string_view text, std::string_view more) {
  constexpr std::string_view kSegment = "-._~!$&'()*+,;=:@%";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool known = std::isalnum(static_cast<unsigned char>(text[i])) != 0 ||
                       kSegment.find(text[i]) != std::string_view::npos ||
                       more.find(text[i]) != std::string_view::npos;
    if (!known) return false;
    const bool escapes = text[i] == '%';
    if (escapes &&
        (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2]))) {
      return false;
    }
  }
  return true;
}

// Takes the text before the first of `ends` from `rest`, which then begins with that character.
std::string_view take_until(std::string_view& rest, std::string_view ends) {
  const std::size_t end = std::min(rest.find_first_of(ends), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end);
  return taken;
}

// Without the character that introduces it.
std::string inside_of(std::string_view part) {
  return std::string(part.substr(std::min<std::size_t>(1, part.size())));
}

Result<Origin> read_origin(Scheme scheme, std::string_view authority) {
  if (authority.find('@') != std::string_view::npos)
    return bad_url("must not hold a user name or password");
  if (authority.empty() || authority.front() == ':') return bad_url("has no host name");
  auto parsed = parse_host_port(text::to_lower(authority));
  if (!parsed) return bad_url(parsed.error().message());
  if (parsed->host.find('%') != std::string::npos) return bad_url("has an address with a zone");
  if (parsed->port == 0) return bad_url("has a port that is not a number from 1 to 65535");
  const std::uint16_t usual = scheme == Scheme::https ? 443 : 80;
  return Origin{std::move(parsed->host), parsed->port.value_or(usual), scheme};
}

}  // namespace

std::string Origin::text() const {
  return std::string(scheme == Scheme::https ? kHttps : kHttp) + host_port_text(host, port);
}

Result<Url> parse_url(std::string_view text) {
  const std::string head = text::to_lower(text.substr(0, kHttps.size()));
  const bool https = head == kHttps;
  if (!https && head.compare(0, kHttp.size(), kHttp) != 0) {
    return bad_url("begins with neither https:// nor http://");
  }
  if (text.size() > kMaxUrl) return bad_url("is longer than 2048 octets");
  std::string_view rest = text.substr(https ? kHttps.size() : kHttp.size());
  Url url;
  const Scheme scheme = https ? Scheme::https : Scheme::http;
  CC_TRY_ASSIGN(url.origin, read_origin(scheme, take_until(rest, "/?#")));
  url.path = take_until(rest, "?#");
  url.query = inside_of(take_until(rest, "#"));
  url.fragment = inside_of(rest);
  if (!has_only_url_octets(url.path, "/") || !has_only_url_octets(url.query, "/?") ||
      !has_only_url_octets(url.fragment, "/?")) {
    return bad_url("has a character that must be percent-encoded");
  }
  return url;
}

}  // namespace certconnector::net
