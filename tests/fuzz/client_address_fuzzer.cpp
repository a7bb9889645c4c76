// The address of a request's client: from X-Forwarded-For, which anybody can write, and the
// networks of a configuration. The first line is a network, each further line is a header.
#include <algorithm>
#include <cstdlib>

#include "common/http/client_address.h"
#include "common/net/address/ip_address.h"

namespace {

namespace http = certconnector::http;
namespace net = certconnector::net;

const std::string kPeer = "192.0.2.1";

void require(bool condition) {
  if (!condition) std::abort();
}

void check_client(const http::Request& request, const std::vector<net::IpNetwork>& proxies) {
  const std::string client = http::client_address(request, proxies);
  const auto address = net::unmapped_ip_from_text(client);
  require(address && (address->size() == 4 || address->size() == 16));
  require(http::limit_key(client).size() == (address->size() == 4 ? 4U : 8U));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = certconnector::as_text(certconnector::ByteView(data, size));
  const auto next_line = [&rest] {
    const std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    return line;
  };
  std::vector<net::IpNetwork> proxies{net::IpNetwork::parse(kPeer).value()};
  auto network = net::IpNetwork::parse(next_line());
  if (network.ok()) {
    proxies.push_back(std::move(*network));
  } else {
    require(!network.error().message().empty());
  }
  http::Request request;
  request.peer = kPeer;
  while (!rest.empty()) request.headers.emplace_back("x-forwarded-for", next_line());
  check_client(request, proxies);
  require(http::client_address(request, {}) == kPeer);
  request.peer = certconnector::as_text(certconnector::ByteView(data, size));
  (void)http::client_address(request, proxies);
  (void)http::limit_key(request.peer);
  return 0;
}
