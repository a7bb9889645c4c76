#include "common/http/client_address.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "common/net/address/host_port.h"
#include "common/net/address/ip_address.h"

namespace certconnector::http {
namespace {

// Longer chains of proxies are made up.
constexpr int kMaxHops = 16;
constexpr std::size_t kHalfOfIpv6 = 8;

std::string_view without_blanks(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<Bytes> parse_hop(std::string_view text) {
  if (auto address = net::unmapped_ip_from_text(text)) return address;
  const auto parsed = net::parse_host_port(text);
  return parsed ? net::unmapped_ip_from_text(parsed->host) : std::nullopt;
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

bool is_trusted(const Bytes& address, const std::vector<net::IpNetwork>& proxies) {
  return std::any_of(proxies.begin(), proxies.end(),
                     [&](const net::IpNetwork& proxy) { return proxy.contains(address); });
}

}  // namespace

std::string client_address(const Request& request,
                           const std::vector<net::IpNetwork>& trusted_proxies) {
  const std::vector<std::string_view> hops = forwarded_for(request);
  if (hops.empty()) return request.peer;
  auto client = net::unmapped_ip_from_text(request.peer);
  if (!client || !is_trusted(*client, trusted_proxies)) return request.peer;
  for (const auto hop : hops) {
    auto address = parse_hop(hop);
    if (!address) break;
    client = std::move(address);
    if (!is_trusted(*client, trusted_proxies)) break;
  }
  return net::ip_to_text(*client).value_or(request.peer);
}

std::string limit_key(const std::string& address) {
  const auto octets = net::unmapped_ip_from_text(address);
  if (!octets) return address;
  const std::size_t size = octets->size() == 4 ? 4 : kHalfOfIpv6;
  return std::string(as_text(ByteView(octets->data(), size)));
}

}  // namespace certconnector::http
