#include "common/net/address/url.h"

#include <gtest/gtest.h>

#include "common/net/address/errors.h"

namespace certconnector::net::testing {
namespace {

TEST(Url, HasItsParts) {
  struct Row {
    const char* url;
    const char* origin;
    const char* path;
    const char* query;
    const char* fragment;
  };
  for (const Row& row : {
           Row{"https://Connector.Example", "https://connector.example:443", "", "", ""},
           Row{"HTTP://h", "http://h:80", "", "", ""},
           Row{"http://192.0.2.1:8080/", "http://192.0.2.1:8080", "/", "", ""},
           Row{"https://[2001:DB8::1]:65535", "https://[2001:db8::1]:65535", "", "", ""},
           Row{"https://h/A/b%2Fc;x=1/", "https://h:443", "/A/b%2Fc;x=1/", "", ""},
           Row{"http://h?a=/b?c", "http://h:80", "", "a=/b?c", ""},
           Row{"http://h/p?q#f?g/", "http://h:80", "/p", "q", "f?g/"},
           Row{"http://h#f", "http://h:80", "", "", "f"},
       }) {
    const auto url = parse_url(row.url);
    ASSERT_TRUE(url.ok()) << row.url << ": " << url.error().message();
    EXPECT_EQ(url->origin.text(), row.origin);
    EXPECT_EQ(url->path, row.path);
    EXPECT_EQ(url->query, row.query);
    EXPECT_EQ(url->fragment, row.fragment);
  }
}

TEST(Url, RefusesWhatIsNoneWithoutQuotingIt) {
  struct Row {
    std::string url;
    const char* why;
  };
  for (const Row& row : {
           Row{"", "begins with neither"},
           Row{"secret.example.com", "begins with neither"},
           Row{"ftp://secret", "begins with neither"},
           Row{"https:/secret", "begins with neither"},
           Row{" https://secret", "begins with neither"},
           Row{"https://", "has no host"},
           Row{"https:///secret", "has no host"},
           Row{"https://?secret", "has no host"},
           Row{"https://:443", "has no host"},
           Row{"https://user:secret@h/", "user name"},
           Row{"https://secret@h/", "user name"},
           Row{"https://h:0", "port"},
           Row{"https://h:65536", "port"},
           Row{"https://h:", "port"},
           Row{"https://h:80x", "port"},
           Row{"https://h:1:2", "port"},
           Row{"https://[2001:db8::1", "does not close"},
           Row{"https://[]", "no host"},
           Row{"https://[h]", "no IP address"},
           Row{"https://[192.0.2.1]", "no IP address"},
           Row{"https://[fe80::1%eth0]", "zone"},
           Row{"https://[::1]x", "other than a port"},
           Row{"https://2001:db8::1", "port"},
           Row{"https://a b", "no IP address"},
           Row{"https://h\xC3\xA4", "no IP address"},
           Row{"https://h\r\nsecret", "no IP address"},
           Row{"https://h\\secret", "no IP address"},
           Row{"https://h/a secret", "percent-encoded"},
           Row{"https://h/\r\nX: secret", "percent-encoded"},
           Row{"https://h/\xC3\xA4", "percent-encoded"},
           Row{"https://h/%", "percent-encoded"},
           Row{"https://h/%2", "percent-encoded"},
           Row{"https://h/%zz", "percent-encoded"},
           Row{"https://h/?<secret>", "percent-encoded"},
           Row{"https://h/#a#b", "percent-encoded"},
           Row{"https://h/" + std::string(2048, 's'), "longer"},
       }) {
    const auto url = parse_url(row.url);
    ASSERT_FALSE(url.ok()) << row.url;
    EXPECT_EQ(url.error().code(), error_code(AddressErrc::bad_url));
    EXPECT_EQ(url.error().kind(), ErrorKind::permanent);
    EXPECT_NE(url.error().message().find(row.why), std::string::npos)
        << row.url << ": " << url.error().message();
    EXPECT_EQ(url.error().message().find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace certconnector::net::testing
