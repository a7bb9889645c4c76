#include "common/net/proxy_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/net/errors.h"

namespace certconnector::net {
namespace {

// The URL, or "direct".
std::string chosen(const ProxyList& list, const std::string& host = "endpoint.example.com") {
  const auto proxy = choose_proxy(list, host);
  if (!proxy.ok()) return std::string(proxy.error().code().name);
  return proxy->value_or("direct");
}

TEST(ProxyList, TheOneForHttpsIsChosen) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "direct"},
      {"proxy:3128", "http://proxy:3128"},
      {"proxy", "http://proxy:80"},
      {"http://proxy:3128", "http://proxy:3128"},
      {"one:1;two:2", "http://one:1"},
      {"http=one:1;https=two:2", "http://two:2"},
      {"three:3 HTTPS=two:2", "http://two:2"},
      {"http=one:1;three:3", "http://three:3"},
      {"http=one:1;socks=two:2", "direct"},
      {"https=http://two:2", "http://two:2"},
      {"[2001:db8::1]:3128", "http://[2001:db8::1]:3128"},
      {"https=https://two:2", "proxy_unreachable"},
      {"two:two", "proxy_unreachable"},
      {"a b@c:1", "http://a:80"},
  };
  for (const auto& [proxies, url] : rows) EXPECT_EQ(chosen({proxies, ""}), url) << proxies;
}

TEST(ProxyList, ABypassedHostIsReachedDirectly) {
  const auto with = [](const std::string& bypass, const std::string& host) {
    return chosen({"proxy:3128", bypass}, host) == "direct";
  };
  EXPECT_TRUE(with("<local>", "intranet"));
  EXPECT_FALSE(with("<local>", "intranet.example"));
  EXPECT_FALSE(with("<local>", "2001:db8::1"));
  EXPECT_TRUE(with("other;*.Example.com", "Endpoint.example.COM"));
  EXPECT_FALSE(with("*.example.com", "example.com"));
  EXPECT_TRUE(with("10.*", "10.1.2.3"));
  EXPECT_TRUE(with("https://endpoint.example.com", "endpoint.example.com"));
  EXPECT_TRUE(with("*", "anything"));
  EXPECT_FALSE(with("", "anything"));
}

// A long pattern of stars costs no more than a long text.
TEST(ProxyList, APatternOfManyStarsEnds) {
  std::string stars;
  for (int i = 0; i < 60; ++i) stars += "*a";
  EXPECT_EQ(chosen({"proxy:3128", stars + "b"}, std::string(250, 'a')), "http://proxy:3128");
}

}  // namespace
}  // namespace certconnector::net
