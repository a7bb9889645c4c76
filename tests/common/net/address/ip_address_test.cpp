#include "common/net/address/ip_address.h"

#include <gtest/gtest.h>

namespace certconnector::net {
namespace {

// RFC 5952 section 4 and the forms of RFC 4291 section 2.2.
constexpr std::pair<std::string_view, std::string_view> kForms[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"2001:db8::1", "2001:db8::1"},
    {"2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
    {"::", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"0:0:0:0:0:0:0:0", "::"},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
    {"::ffff:192.0.2.1", "::ffff:c000:201"},
    {"1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"},
    {"fe80::1:0:0", "fe80::1:0:0"},
};

TEST(IpAddress, EveryFormBecomesTheOneOfRfc5952) {
  for (const auto& [text, canonical] : kForms) {
    const auto octets = ip_from_text(text);
    ASSERT_TRUE(octets.has_value()) << text;
    EXPECT_EQ(ip_to_text(*octets), canonical) << text;
    EXPECT_EQ(ip_from_text(canonical), octets) << canonical;
  }
}

TEST(IpAddress, RefusesOtherText) {
  for (const std::string_view text : {"",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "256.1.1.1",
                                      "01.2.3.4",
                                      "1.2.3.4 ",
                                      "1.2.3.",
                                      ".1.2.3",
                                      "1..2.3",
                                      "-1.2.3.4",
                                      "a.b.c.d",
                                      ":",
                                      ":1",
                                      "1:",
                                      ":::",
                                      "1::2::3",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "12345::",
                                      "g::",
                                      "fe80::1%eth0",
                                      "2001:db8::/32",
                                      "1.2.3.4::",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "::1.2.3",
                                      "1:2:3:4::5:6:7:8",
                                      "::1.2.3.4:5"}) {
    EXPECT_EQ(ip_from_text(text), std::nullopt) << text;
  }
}

TEST(IpAddress, RefusesOtherSizes) {
  for (const std::size_t size : {0U, 3U, 5U, 8U, 15U, 17U, 32U}) {
    EXPECT_EQ(ip_to_text(Bytes(size)), std::nullopt) << size;
  }
}

}  // namespace
}  // namespace certconnector::net
