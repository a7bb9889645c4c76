// The octets of an HTTP request, cut into two reads: what anybody on the network can send first.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdlib>
#include <string>

#include "common/http/client_address.h"
#include "common/http/request_parser.h"
#include "common/http/request_rules.h"
#include "common/net/address/ip_address.h"

namespace {

namespace http = certconnector::http;
namespace net = certconnector::net;

constexpr std::size_t kMaxHeader = 4096;
constexpr std::size_t kMaxBody = 1024;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_client_address(const http::Request& request) {
  static const std::vector<net::IpNetwork> proxies{net::IpNetwork::parse("10.0.0.0/8").value(),
                                                   net::IpNetwork::parse("2001:db8::/32").value()};
  const auto address = http::client_address(request, proxies);
  require(net::unmapped_ip_from_text(address).has_value());
  require(http::limit_key(address).size() <= 8);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string input(data + 1, data + size);
  (void)net::IpNetwork::parse(input);
  http::RequestParser parser(kMaxHeader, kMaxBody);
  parser.eager(true);
  boost::beast::error_code error;
  std::size_t used = 0;
  // As a server reads: what is not used stands in front of what comes next.
  for (const std::size_t end : {std::min<std::size_t>(data[0], input.size()), input.size()}) {
    used += parser.put(boost::asio::buffer(input.data() + used, end - used), error);
    if (error == boost::beast::http::error::need_more) error = {};
    if (error || parser.is_done()) break;
  }
  require(used <= input.size());
  if (error || !parser.is_header_done()) return 0;
  const bool broken = http::broken_rule(parser.head()).has_value();
  if (broken || !parser.is_done()) return 0;
  auto request = http::to_request(parser.take());
  require(!request.method.empty() && !request.path.empty() && request.path.front() == '/');
  require(request.path.find('?') == std::string::npos);
  require(request.body.size() <= kMaxBody);
  request.peer = "10.0.0.1";
  check_client_address(request);
  return 0;
}
