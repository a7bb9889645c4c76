#include "common/net/address/ip_network.h"

#include <gtest/gtest.h>

#include "common/net/address/errors.h"
#include "common/net/address/ip_address.h"

namespace certconnector::net::testing {
namespace {

TEST(IpNetwork, Contains) {
  struct Row {
    const char* network;
    const char* address;
    bool inside;
  };
  for (const Row& row : {
           Row{"192.0.2.0/24", "192.0.2.255", true},
           Row{"192.0.2.0/24", "192.0.3.0", false},
           Row{"192.0.2.128/25", "192.0.2.127", false},
           Row{"192.0.2.128/25", "192.0.2.128", true},
           Row{"192.0.2.7", "192.0.2.7", true},
           Row{"192.0.2.7", "192.0.2.6", false},
           Row{"0.0.0.0/0", "203.0.113.1", true},
           Row{"0.0.0.0/0", "::1", false},
           Row{"192.0.2.0/24", "::ffff:192.0.2.1", true},
           Row{"2001:db8::/33", "2001:db8:7fff::1", true},
           Row{"2001:db8::/33", "2001:db8:8000::1", false},
           Row{"::/0", "2001:db8::1", true},
           Row{"::/0", "192.0.2.1", false},
           Row{"::1", "::1", true},
       }) {
    const auto network = IpNetwork::parse(row.network);
    ASSERT_TRUE(network.ok()) << row.network;
    EXPECT_EQ(network->contains(*unmapped_ip_from_text(row.address)), row.inside)
        << row.network << " " << row.address;
  }
}

TEST(IpNetwork, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "/",
                           "/8",
                           "192.0.2.0/",
                           "192.0.2.0/33",
                           "192.0.2.0/-1",
                           "192.0.2.0/+8",
                           "192.0.2.0/08",
                           "192.0.2.0/8",
                           "192.0.2.1/31",
                           "192.0.2.0/24 ",
                           " 192.0.2.0/24",
                           "192.0.2/24",
                           "192.0.2.0/x",
                           "192.0.2.0/24/24",
                           "192.0.2.0/255.255.255.0",
                           "2001:db8::/129",
                           "2001:db8::1/64",
                           "2001:db8::/4294967328",
                           "[2001:db8::]/32",
                           "fe80::1%eth0",
                           "proxy.example"}) {
    const auto network = IpNetwork::parse(text);
    ASSERT_FALSE(network.ok()) << text;
    EXPECT_EQ(network.error().code(), error_code(AddressErrc::bad_network));
    EXPECT_EQ(network.error().kind(), ErrorKind::permanent);
  }
}

}  // namespace
}  // namespace certconnector::net::testing
