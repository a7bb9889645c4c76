#include "common/net/address/host_port.h"

#include <gtest/gtest.h>

#include "common/net/address/errors.h"

namespace certconnector::net::testing {
namespace {

TEST(HostPort, IsANameOrAnAddress) {
  struct Row {
    const char* text;
    const char* host;
    std::optional<std::uint16_t> port;
  };
  for (const Row& row : {
           Row{"h", "h", std::nullopt},
           Row{"Scep.example.com:8080", "Scep.example.com", 8080},
           Row{"0.0.0.0:0", "0.0.0.0", 0},
           Row{"192.0.2.1:65535", "192.0.2.1", 65535},
           Row{"[::]:443", "::", 443},
           Row{"[2001:db8::1]", "2001:db8::1", std::nullopt},
           Row{"[fe80::1%eth0]:80", "fe80::1%eth0", 80},
       }) {
    const auto parsed = parse_host_port(row.text);
    ASSERT_TRUE(parsed.ok()) << row.text << ": " << parsed.error().message();
    EXPECT_EQ(parsed->host, row.host);
    EXPECT_EQ(parsed->port, row.port) << row.text;
  }
}

TEST(HostPort, RefusesWhatIsNoneWithoutQuotingIt) {
  for (const std::string& text : {std::string(),
                                  std::string(":80"),
                                  std::string("secret:"),
                                  std::string("secret:65536"),
                                  std::string("secret:-1"),
                                  std::string("secret:+1"),
                                  std::string("secret:80x"),
                                  std::string("secret: 80"),
                                  std::string("secret:1:2"),
                                  std::string("secret host:80"),
                                  std::string("secret\r\n:80"),
                                  std::string("secret/:80"),
                                  std::string("u@secret:80"),
                                  std::string("::1"),
                                  std::string("::1:8080"),
                                  std::string("[]:80"),
                                  std::string("[::1:80"),
                                  std::string("[secret]:80"),
                                  std::string("[192.0.2.1]:80"),
                                  std::string("[::1]secret"),
                                  std::string("[::1]80"),
                                  std::string("[::1%]:80"),
                                  std::string("[::1%a b]:80"),
                                  std::string(254, 's')}) {
    const auto parsed = parse_host_port(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code(), error_code(AddressErrc::bad_address));
    EXPECT_EQ(parsed.error().kind(), ErrorKind::permanent);
    EXPECT_EQ(parsed.error().message().find("secret"), std::string::npos);
  }
}

TEST(HostPort, IsWrittenWithBracketsAroundIpv6) {
  EXPECT_EQ(host_port_text("h", 1), "h:1");
  EXPECT_EQ(host_port_text("192.0.2.1", 443), "192.0.2.1:443");
  EXPECT_EQ(host_port_text("2001:db8::1", 443), "[2001:db8::1]:443");
}

}  // namespace
}  // namespace certconnector::net::testing
