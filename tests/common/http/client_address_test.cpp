#include "common/http/client_address.h"

#include <gtest/gtest.h>

namespace certconnector::http::testing {
namespace {

std::vector<net::IpNetwork> proxies() {
  std::vector<net::IpNetwork> out;
  for (const char* text : {"10.0.0.0/8", "192.0.2.1", "2001:db8:1::/48"}) {
    out.push_back(net::IpNetwork::parse(text).value());
  }
  return out;
}

struct ClientRow {
  const char* peer;
  std::vector<const char*> forwarded;  // X-Forwarded-For headers, in order
  const char* client;
};

TEST(ClientAddress, IsTheLastThatNoTrustedProxyHas) {
  const std::vector<ClientRow> rows{
      {"203.0.113.5", {}, "203.0.113.5"},
      {"10.1.1.1", {}, "10.1.1.1"},
      // Anybody can send the header; it counts from trusted proxies alone.
      {"203.0.113.5", {"198.51.100.7"}, "203.0.113.5"},
      {"10.1.1.1", {"198.51.100.7"}, "198.51.100.7"},
      {"::ffff:10.1.1.1", {"198.51.100.7"}, "198.51.100.7"},
      {"2001:db8:1::9", {"2001:DB8:2::1"}, "2001:db8:2::1"},
      // Elements that the client wrote come first.
      {"10.1.1.1", {"1.2.3.4, 198.51.100.7"}, "198.51.100.7"},
      {"10.1.1.1", {"1.2.3.4", "198.51.100.7"}, "198.51.100.7"},
      {"10.1.1.1", {"198.51.100.7, 10.2.2.2,\t192.0.2.1"}, "198.51.100.7"},
      {"10.1.1.1", {"198.51.100.7", "10.2.2.2", "192.0.2.1"}, "198.51.100.7"},
      {"10.1.1.1", {"10.3.3.3, 10.2.2.2"}, "10.3.3.3"},
      // Ports and brackets.
      {"10.1.1.1", {"198.51.100.7:49152"}, "198.51.100.7"},
      {"10.1.1.1", {"[2001:db8:2::1]"}, "2001:db8:2::1"},
      {"10.1.1.1", {"[2001:db8:2::1]:443"}, "2001:db8:2::1"},
      {"10.1.1.1", {"::ffff:198.51.100.7"}, "198.51.100.7"},
      // An element that is not an address ends the search.
      {"10.1.1.1", {""}, "10.1.1.1"},
      {"10.1.1.1", {"unknown"}, "10.1.1.1"},
      {"10.1.1.1", {"198.51.100.7,"}, "10.1.1.1"},
      {"10.1.1.1", {"198.51.100.7, unknown, 10.2.2.2"}, "10.2.2.2"},
      {"10.1.1.1", {"198.51.100.7:"}, "10.1.1.1"},
      {"10.1.1.1", {"198.51.100.7:70000"}, "10.1.1.1"},
      {"10.1.1.1", {"198.51.100.7:80x"}, "10.1.1.1"},
      {"10.1.1.1", {"198.51.100.07"}, "10.1.1.1"},
      {"10.1.1.1", {"198.51.100.7 203.0.113.1"}, "10.1.1.1"},
      {"10.1.1.1", {"[198.51.100.7]"}, "10.1.1.1"},
      {"10.1.1.1", {"[2001:db8:2::1"}, "10.1.1.1"},
      {"10.1.1.1", {"[2001:db8:2::1]443"}, "10.1.1.1"},
      {"10.1.1.1", {"\"198.51.100.7\""}, "10.1.1.1"},
      {"", {"198.51.100.7"}, ""},
  };
  for (const auto& row : rows) {
    Request request;
    request.peer = row.peer;
    request.headers.emplace_back("host", "h");
    for (const char* value : row.forwarded) request.headers.emplace_back("x-forwarded-for", value);
    EXPECT_EQ(client_address(request, proxies()), row.client)
        << row.peer << " " << (row.forwarded.empty() ? "" : row.forwarded.front());
  }
}

TEST(ClientAddress, WithoutTrustedProxiesIsThePeer) {
  Request request;
  request.peer = "10.1.1.1";
  request.headers.emplace_back("x-forwarded-for", "198.51.100.7");
  EXPECT_EQ(client_address(request, {}), "10.1.1.1");
}

TEST(ClientAddress, AChainWithoutEndIsCutOff) {
  Request request;
  request.peer = "10.1.1.1";
  std::string chain = "198.51.100.7";
  for (int i = 0; i < 9000; ++i) chain += ",10.2.2.2";
  request.headers.emplace_back("x-forwarded-for", chain);
  EXPECT_EQ(client_address(request, proxies()), "10.2.2.2");
}

}  // namespace
}  // namespace certconnector::http::testing
