#include "common/http/client_address.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "common/crypto/ip_address.h"

namespace certconnector::http {
namespace {

// Longer chains of proxies are made up.
constexpr int kMaxHops = 16;

std::string_view without_blanks(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  return problem == std::errc() && end == text.data() + text.size();
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<Bytes> parse_hop(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto rest = text.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
    const auto inside = text.substr(1, end - 1);
    return inside.find(':') == std::string_view::npos ? std::nullopt : parse_address(inside);
  }
  const auto colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && text.find('.') < colon;
  if (!has_port) return parse_address(text);
  return is_port(text.substr(colon + 1)) ? parse_address(text.substr(0, colon)) : std::nullopt;
}

// The elements of all X-Forwarded-For headers, the last one first.
std::vector<std::string_view> forwarded_for(const Request& request) {
  std::vector<std::string_view> hops;
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (header->first != "x-forwarded-for") continue;
    std::string_view rest = header->second;
    while (hops.size() < kMaxHops) {
      const auto comma = rest.rfind(',');
      hops.push_back(
          without_blanks(comma == std::string_view::npos ? rest : rest.substr(comma + 1)));
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return hops;
}

bool is_trusted(const Bytes& address, const std::vector<IpNetwork>& proxies) {
  return std::any_of(proxies.begin(), proxies.end(),
                     [&](const IpNetwork& proxy) { return proxy.contains(address); });
}

}  // namespace

std::string client_address(const Request& request, const std::vector<IpNetwork>& trusted_proxies) {
  auto client = parse_address(request.peer);
  if (!client || !is_trusted(*client, trusted_proxies)) return request.peer;
  for (const auto hop : forwarded_for(request)) {
    auto address = parse_hop(hop);
    if (!address) break;
    client = std::move(address);
    if (!is_trusted(*client, trusted_proxies)) break;
  }
  return crypto::ip_to_text(*client).value_or(request.peer);
}

}  // namespace certconnector::http
