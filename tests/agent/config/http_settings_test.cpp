#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/config/reading.h"

namespace certconnector::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string http_problems_of(const std::string& keys) {
  return to_text(read("[http]\n" + keys).problems, "f");
}

TEST(HttpSettings, AllOfThemAreReadAndWritten) {
  const Reading reading = read(
      "[http]\nlisten=0.0.0.0:80\ntls_listen=[::]:443\ncertificate_file=/c\nkey_file=/k\n"
      "memory=64MiB\nmax_connections=100\ntrusted_proxies = 192.0.2.0/24, 2001:db8::1\n"
      "requests_per_minute=600\nchallenge_failures_per_hour=0\n");
  ASSERT_THAT(to_text(reading.problems, "f"), IsEmpty());
  const HttpSettings& http = reading.settings->http;
  EXPECT_EQ(host_of(http.tls_listen), "::");
  EXPECT_EQ(http.memory, 64U << 20U);
  EXPECT_EQ(http.max_connections, 100U);
  EXPECT_THAT(http.trusted_proxies, ElementsAre("192.0.2.0/24", "2001:db8::1"));
  EXPECT_EQ(http.requests_per_minute, 600U);
  EXPECT_EQ(http.challenge_failures_per_hour, 0U);
  EXPECT_THAT(read(to_ini(*reading.settings)).problems, IsEmpty());
}

TEST(HttpSettings, ByDefaultOneAddressMayHaveManyDevicesBehindIt) {
  const HttpSettings http = read("").settings->http;
  EXPECT_TRUE(http.off());
  EXPECT_EQ(http.requests_per_minute, 0U);
  EXPECT_EQ(http.challenge_failures_per_hour, 600U);
  EXPECT_THAT(http.trusted_proxies, ElementsAre("127.0.0.1", "::1"));
  EXPECT_THAT(read("[http]\ntrusted_proxies=\n").settings->http.trusted_proxies, IsEmpty());
}

TEST(HttpSettings, AreRefusedWhereTheyDoNotFit) {
  const std::pair<std::string, const char*> rows[] = {
      {"listen=localhost:8080\n", "f:2: [http] listen names a host; the agent listens at an IP"},
      {"tls_listen=443\n", "f:2: [http] tls_listen must be address:port"},
      {"tls_listen=0.0.0.0:443\nkey_file=/k\n",
       "[http] certificate_file must be set, since tls_listen is"},
      {"tls_listen=0.0.0.0:443\ncertificate_file=/c\n",
       "[http] key_file must be set, since tls_listen is"},
      {"certificate_file=/c\nkey_file=/k\n",
       "f:2: [http] certificate_file needs tls_listen as well"},
      {"certificate_store=template:Web\n",
       "f:2: [http] certificate_store needs tls_listen as well"},
      {"tls_listen=0.0.0.0:443\ncertificate_store=template:Web\nkey_file=/k\n",
       "f:4: [http] key_file does not stand beside certificate_store"},
      {"certificate_file=c\n", "must be an absolute path"},
      {"listen=0.0.0.0:80\ntls_listen=0.0.0.0:80\ncertificate_file=/c\nkey_file=/k\n",
       "f:3: [http] tls_listen is the address of listen already"},
      {"memory=15MiB\n", "[http] memory must be"},
      {"max_connections=15\n", "must be a number from 16 to 65536"},
      {"max_connections=65537\n", "must be a number from 16 to 65536"},
      {"trusted_proxies=proxy.example\n", "\"proxy.example\" is no network"},
      {"trusted_proxies=192.0.2.1/24\n", "no bits set behind the prefix"},
      {"trusted_proxies=192.0.2.1,,192.0.2.2\n", "\"\" is no network"},
      {"requests_per_minute=-1\n", "must be a number from 0 to 10000000"},
      {"challenge_failures_per_hour=many\n", "must be a number from 0 to 1000000"},
      {"trusted_proxy=192.0.2.1\n", "did you mean trusted_proxies?"},
  };
  for (const auto& [keys, message] : rows) EXPECT_THAT(http_problems_of(keys), HasSubstr(message));
}

}  // namespace
}  // namespace certconnector::config
