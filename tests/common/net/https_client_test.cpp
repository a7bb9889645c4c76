// The headers that the client adds to a request, and the one deadline over all of its attempts.
// tests/agent/cloud/reference tests it against hostile servers.
#include "common/net/https_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "common/net/errors.h"
#include "tests/common/net/good_server.h"
#include "tests/common/net/scripted_proxy.h"

namespace certconnector::net {
namespace {

using certconnector::testing::client_identity;
using certconnector::testing::good_server;
using certconnector::testing::ReceivedRequest;
using certconnector::testing::Script;
using certconnector::testing::ScriptedConnection;
using certconnector::testing::ScriptedProxy;
using certconnector::testing::ScriptedServer;
using certconnector::testing::shared_pki;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::chrono::seconds kPatience{20};

Script says(int status, const std::string& body) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.answer(status, body, "X-Kind: test\r\n");
  };
}

// 401 to every token but this one.
Script opens_to(const std::string& value) {
  return [=](ScriptedConnection& connection, const ReceivedRequest& request) {
    const bool good = request.head.find("Authorization:" + value + "\r\n") != std::string::npos;
    connection.answer(good ? 200 : 401, "");
  };
}

HttpsSettings settings_for(const ScriptedServer& server) {
  HttpsSettings settings;
  settings.origin = {"localhost", server.port()};
  return settings;
}

std::unique_ptr<HttpsClient> client_of(const HttpsSettings& settings,
                                       const std::optional<Identity>& identity) {
  const Trust trust{{shared_pki().root().certificate.der()}, std::nullopt};
  return std::make_unique<HttpsClient>(
      settings, TlsSetup::create(settings.origin.host, trust, identity).value());
}

HttpsRequest get(const std::string& path) {
  HttpsRequest request;
  request.method = Method::get;
  request.path = path;
  return request;
}

// Gives "first", and "second" in place of it.
class TwoTokens : public TokenSource {
 public:
  Result<Header> token(const std::string& refused, Duration limit, const StopToken&) override {
    refusals.push_back(refused);
    limits.push_back(limit);
    return Header{"Authorization", refused.empty() ? "first" : "second"};
  }

  std::vector<std::string> refusals;
  std::vector<Duration> limits;
};

TEST(HttpsClient, SendsMethodPathHeadersAndBody) {
  const ScriptedServer server(good_server(), says(200, "fine"));
  const auto client = client_of(settings_for(server), client_identity());
  HttpsRequest post;
  post.path = "/a%20b?c=d";
  post.content_type = "application/pkcs10";
  post.body = std::string("a\0b", 3);
  post.headers = {{"Accept", "application/pkcs7-mime"}};
  ASSERT_TRUE(client->send(get("/cacerts?id=1"), kPatience, StopToken()));
  const auto answer = client->send(post, kPatience, StopToken());

  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "fine");
  EXPECT_EQ(answer->header("x-kind"), "test");
  EXPECT_EQ(answer->header("x-other"), "");
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_THAT(requests[0].head, HasSubstr("GET /cacerts?id=1 HTTP/1.1\r\n"));
  EXPECT_EQ(requests[0].body, "");
  EXPECT_THAT(requests[1].head, HasSubstr("POST /a%20b?c=d HTTP/1.1\r\n"));
  EXPECT_THAT(requests[1].head, HasSubstr("Accept:application/pkcs7-mime\r\n"));
  EXPECT_THAT(requests[1].head, HasSubstr("Content-Type:application/pkcs10\r\n"));
  EXPECT_EQ(requests[1].body, post.body);
  EXPECT_EQ(requests[1].client_subject, shared_pki().client().certificate.subject_text());
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpsClient, ShowsNoCertificateWithoutAnIdentity) {
  auto open = good_server();
  open.client_ca.clear();
  const ScriptedServer server(open, says(200, ""));
  ASSERT_TRUE(client_of(settings_for(server), {})->send(get("/"), kPatience, StopToken()));
  EXPECT_EQ(server.requests().at(0).client_subject, "");
}

TEST(HttpsClient, CallsTheServerAsItIsTold) {
  const ScriptedServer server(good_server(), says(200, std::string(100, 'x')));
  auto settings = settings_for(server);
  settings.server = "the CA's service";
  settings.max_answer = 99;
  const auto answer =
      client_of(settings, client_identity())->send(get("/"), kPatience, StopToken());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), error_code(NetErrc::too_large));
  EXPECT_THAT(answer.error().message(),
              HasSubstr("the CA's service at https://localhost:" + std::to_string(server.port())));
}

TEST(HttpsClient, GoesThroughAProxy) {
  const ScriptedServer server(good_server(), says(200, ""));
  const ScriptedProxy proxy(server.port(), "user:right");
  auto settings = settings_for(server);
  settings.proxy = Proxy{proxy.url(), "user", "right"};
  EXPECT_TRUE(client_of(settings, client_identity())->send(get("/"), kPatience, StopToken()));
  settings.proxy->password = "hunter2";
  const auto refused =
      client_of(settings, client_identity())->send(get("/"), kPatience, StopToken());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), error_code(NetErrc::proxy_refused));
  EXPECT_EQ(refused.error().kind(), ErrorKind::denied);
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("hunter2")));
}

// What a machine is set to; counts who asks.
class ScriptedSystemProxy final : public SystemProxy {
 public:
  Result<std::optional<Proxy>> proxy_for(const Origin& server) override {
    asked.push_back(server.text());
    return answer;
  }
  Result<std::optional<Proxy>> answer = std::optional<Proxy>();
  std::vector<std::string> asked;
};

TEST(HttpsClient, AsksForTheSystemsProxyForEachConnection) {
  const ScriptedServer server(good_server(), says(200, ""));
  const ScriptedProxy proxy(server.port(), "");
  auto settings = settings_for(server);
  const auto machine = std::make_shared<ScriptedSystemProxy>();
  settings.system_proxy = machine;
  const auto client = client_of(settings, client_identity());
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(client->send(get("/"), kPatience, StopToken()));
  EXPECT_THAT(machine->asked, ElementsAre(settings.origin.text())) << "the second is on the first";
  EXPECT_THAT(proxy.heads(), SizeIs(0)) << "the way is direct";

  machine->answer = std::optional<Proxy>(Proxy{proxy.url(), {}, {}});
  EXPECT_TRUE(client_of(settings, client_identity())->send(get("/"), kPatience, StopToken()));
  EXPECT_THAT(proxy.heads(), SizeIs(1));

  machine->answer = Error(NetErrc::proxy_unreachable, ErrorKind::transient, "no proxy of ours");
  const auto lost = client_of(settings, client_identity())->send(get("/"), kPatience, StopToken());
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().message(), "no proxy of ours");
}

TEST(HttpsClientToken, OpensTheService) {
  const ScriptedServer server(good_server(), opens_to("first"));
  auto settings = settings_for(server);
  const auto tokens = std::make_shared<TwoTokens>();
  settings.tokens = tokens;
  const auto client = client_of(settings, client_identity());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client->send(get("/"), kPatience, StopToken())->status, 200);
  }
  EXPECT_THAT(tokens->refusals, ElementsAre("", ""));
  EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST(HttpsClientToken, IsReplacedOnceWhenItIsRefused) {
  for (const char* good : {"second", "third"}) {
    const ScriptedServer server(good_server(), opens_to(good));
    auto settings = settings_for(server);
    const auto tokens = std::make_shared<TwoTokens>();
    settings.tokens = tokens;
    const auto answer =
        client_of(settings, client_identity())->send(get("/"), kPatience, StopToken());
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->status, good == std::string("second") ? 200 : 401);
    EXPECT_THAT(tokens->refusals, ElementsAre("", "first"));
    ASSERT_THAT(tokens->limits, SizeIs(2));
    EXPECT_LE(tokens->limits[0], kPatience);
    EXPECT_LE(tokens->limits[1], tokens->limits[0]);
    EXPECT_THAT(server.requests(), SizeIs(2));
  }
}

// Has no other token.
class OneToken : public TokenSource {
 public:
  Result<Header> token(const std::string&, Duration, const StopToken&) override {
    return Header{"Authorization", "first"};
  }
};

TEST(HttpsClientToken, ThatIsTheSameIsNotSentAgain) {
  const ScriptedServer server(good_server(), opens_to("second"));
  auto settings = settings_for(server);
  settings.tokens = std::make_shared<OneToken>();
  const auto answer =
      client_of(settings, client_identity())->send(get("/"), kPatience, StopToken());
  EXPECT_EQ(answer->status, 401);
  EXPECT_THAT(server.requests(), SizeIs(1));
}

class NoToken : public TokenSource {
 public:
  Result<Header> token(const std::string&, Duration, const StopToken&) override {
    return Error(NetErrc::unreachable, ErrorKind::transient, "no token today");
  }
};

TEST(HttpsClientToken, ThatCannotBeHadEndsTheRequest) {
  const ScriptedServer server(good_server(), says(200, ""));
  auto settings = settings_for(server);
  settings.tokens = std::make_shared<NoToken>();
  const auto answer =
      client_of(settings, client_identity())->send(get("/"), kPatience, StopToken());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(), "no token today");
  EXPECT_TRUE(server.requests().empty());
}

// From a moment on it has the wrong token first, and takes all the time that there is for the right
// one.
class SlowToken : public TokenSource {
 public:
  bool slow = false;

  Result<Header> token(const std::string& refused, Duration limit, const StopToken&) override {
    if (!slow) return Header{"Authorization", "second"};
    if (refused.empty()) return Header{"Authorization", "first"};
    std::mutex mutex;
    std::unique_lock<std::mutex> lock(mutex);
    std::condition_variable nobody_tells;
    nobody_tells.wait_for(lock, limit, [] { return false; });
    return Header{"Authorization", "second"};
  }
};

TEST(HttpsClientDeadline, IsOneForTokensAndAllAttempts) {
  const ScriptedServer server(good_server(), opens_to("second"));
  auto settings = settings_for(server);
  const auto tokens = std::make_shared<SlowToken>();
  settings.tokens = tokens;
  const auto client = client_of(settings, client_identity());
  ASSERT_TRUE(client->send(get("/"), kPatience, StopToken())) << "the connection is kept";
  tokens->slow = true;
  const auto answer = client->send(get("/"), Duration(600), StopToken());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), error_code(NetErrc::timed_out));
  EXPECT_THAT(answer.error().message(), HasSubstr("600 ms"));
  EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST(HttpsClientDeadline, HoldsOnAKeptConnection) {
  const ScriptedServer server(good_server(),
                              [](ScriptedConnection& connection, const ReceivedRequest& request) {
                                if (request.path == "/first") return connection.answer(200, "");
                                connection.wait_for_client_close();
                              });
  const auto client = client_of(settings_for(server), client_identity());
  ASSERT_TRUE(client->send(get("/first"), kPatience, StopToken()));
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = client->send(get("/silent"), Duration(300), StopToken());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), error_code(NetErrc::timed_out));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_THAT(server.requests(), SizeIs(2));
}

}  // namespace
}  // namespace certconnector::net
