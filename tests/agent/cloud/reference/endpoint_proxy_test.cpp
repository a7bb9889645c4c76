#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/cloud/reference/https_management_endpoint.h"
#include "tests/agent/cloud/reference/cloud_fixture.h"
#include "tests/common/net/scripted_proxy.h"

namespace certconnector::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kAnswer = R"({"server_time":"2026-01-01T00:00:00Z"})";

Script answers() {
  return [](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.answer(200, kAnswer);
  };
}

TEST(EndpointProxy, CarriesMutualTlsThroughATunnel) {
  const ScriptedServer server(good_server(), answers());
  const ScriptedProxy proxy(server.port(), "user:pass:word");
  const FakeClock clock;
  auto settings = settings_for("https://localhost:8443");
  settings.proxy = net::Proxy{proxy.url(), "user", "pass:word"};

  const auto sent = make_endpoint(settings, clock)->heartbeat(core::Heartbeat{}, StopToken());

  EXPECT_TRUE(sent) << sent.error().message();
  ASSERT_THAT(proxy.heads(), SizeIs(1));
  EXPECT_THAT(proxy.heads()[0], HasSubstr("CONNECT localhost:8443 HTTP/1.1\r\n"));
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(server.requests()[0].client_subject, shared_pki().client().certificate.subject_text());
}

TEST(EndpointProxy, TellsARefusedLoginAndNeverThePassword) {
  const ScriptedServer server(good_server(), answers());
  const ScriptedProxy proxy(server.port(), "user:right");
  const FakeClock clock;
  auto settings = settings_for(server.url());
  settings.proxy = net::Proxy{proxy.url(), "user", "hunter2"};

  const auto sent = make_endpoint(settings, clock)->heartbeat(core::Heartbeat{}, StopToken());

  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code().name, "proxy_refused");
  EXPECT_EQ(sent.error().kind(), ErrorKind::denied);
  EXPECT_THAT(sent.error().message(), HasSubstr("proxy_password_file"));
  EXPECT_THAT(sent.error().message(), Not(HasSubstr("hunter2")));
  EXPECT_TRUE(server.requests().empty());
}

// The endpoint's name is checked, not that of whoever stands at the other end of the tunnel.
TEST(EndpointProxy, ChecksTheHostNameThroughTheTunnel) {
  const ScriptedServer server(good_server(), answers());
  const ScriptedProxy proxy(server.port(), "");
  const FakeClock clock;
  auto settings = settings_for("https://elsewhere.example");
  settings.proxy = net::Proxy{proxy.url(), "", ""};

  const auto sent = make_endpoint(settings, clock)->heartbeat(core::Heartbeat{}, StopToken());

  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code().name, "other_host");
}

}  // namespace
}  // namespace certconnector::testing
