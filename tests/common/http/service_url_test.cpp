#include "common/http/service_url.h"

#include <gtest/gtest.h>

#include "common/http/server.h"

namespace certconnector::http::testing {
namespace {

TEST(ServiceUrl, HostPortAndPath) {
  struct Row {
    const char* url;
    const char* host;
    int port;
    bool tls;
    const char* path;
  };
  for (const Row& row : {
           Row{"https://scep.example.com", "scep.example.com", 443, true, ""},
           Row{"HTTPS://Scep.example.com", "scep.example.com", 443, true, ""},
           Row{"http://scep.example.com/", "scep.example.com", 80, false, ""},
           Row{"https://h:8443/scep/phones/", "h", 8443, true, "/scep/phones"},
           Row{"http://192.0.2.1:8080/a", "192.0.2.1", 8080, false, "/a"},
           Row{"https://[2001:db8::1]:8443/a.dll", "2001:db8::1", 8443, true, "/a.dll"},
       }) {
    const auto url = parse_service_url(row.url);
    ASSERT_TRUE(url.ok()) << row.url << ": " << url.error().message();
    EXPECT_EQ(url->peer.address, row.host);
    EXPECT_EQ(url->peer.port, row.port);
    EXPECT_EQ(url->path, row.path);
    ASSERT_EQ(url->peer.tls.has_value(), row.tls);
    EXPECT_EQ(url->peer.tls ? url->peer.tls->name : row.host, row.host);
  }
}

TEST(ServiceUrl, RefusesWhatIsNoneWithoutQuotingIt) {
  for (const char* url : {"",
                          "scep.example.com",
                          "ftp://h",
                          "https://",
                          "https:///path",
                          "https://:443",
                          "https://user:secret@h/",
                          "https://h/secret?query",
                          "https://h/#secret",
                          "https://h?q",
                          "https://h:0",
                          "https://h:65536",
                          "https://h:",
                          "https://h:80x",
                          "https://[2001:db8::1",
                          "https://[h]",
                          "https://[192.0.2.1]",
                          "https://[::1]x",
                          "https://2001:db8::1",
                          "https://h/a b",
                          "https://h\r\nsecret",
                          "https://h/\r\n"}) {
    const auto parsed = parse_service_url(url);
    ASSERT_FALSE(parsed.ok()) << url;
    EXPECT_EQ(parsed.error().code(), error_code(HttpErrc::bad_address));
    EXPECT_EQ(parsed.error().message().find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace certconnector::http::testing
