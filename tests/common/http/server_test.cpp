#include "common/http/server.h"

#include <gtest/gtest.h>

#include <mutex>
#include <ostream>
#include <stdexcept>

#include "tests/common/http/raw_client.h"
#include "tests/support/capturing_logger.h"

namespace certconnector::http::testing {
namespace {

using certconnector::testing::CapturingLogger;

// Answers with what it was asked.
class Echo final : public Handler {
 public:
  void handle(Request request, Reply reply) override {
    if (request.path == "/throw") throw std::runtime_error("on purpose");
    const std::lock_guard lock(mutex_);
    last_ = request;
    reply.send(text_response(200, request.method + " " + request.path + "?" + request.query + " [" +
                                      request.body + "]"));
  }
  [[nodiscard]] Request last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  std::mutex mutex_;
  Request last_;
};

class HttpServer : public ::testing::Test {
 protected:
  void start(const ServerSettings& settings) {
    auto started = Server::start(settings, echo_, log_);
    ASSERT_TRUE(started.ok()) << started.error().message();
    server_ = std::move(started).value();
  }
  void start() { start(ServerSettings{}); }

  // Sends everything, then gives everything that comes back until the server closes.
  std::string exchange(const std::string& request) {
    const RawClient client(server_->port());
    client.send(request);
    client.finish_sending();
    return client.read_to_end();
  }

  Echo echo_;
  CapturingLogger log_;
  std::unique_ptr<Server> server_;
};

std::string status_line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

TEST_F(HttpServer, AnswersAndKeepsTheConnection) {
  start();
  const RawClient client(server_->port());
  client.send("GET /a?b=c HTTP/1.1\r\nHost: h\r\nX-One:  1 \r\n\r\n");
  const auto first = client.read_until("]\n");
  EXPECT_EQ(status_line(first), "HTTP/1.1 200 OK");
  EXPECT_TRUE(ends_with(first, "\r\n\r\nGET /a?b=c []\n")) << first;
  EXPECT_EQ(echo_.last().header("x-one"), "1");
  EXPECT_EQ(echo_.last().peer, "127.0.0.1");
  client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_TRUE(ends_with(client.read_until("]\n"), "POST /p? [hello]\n"));
}

TEST_F(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  start();
  const auto answer = exchange(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto one = answer.find("GET /1? []");
  const auto two = answer.find("POST /2? [abc]");
  const auto three = answer.find("GET /3? []");
  EXPECT_NE(three, std::string::npos) << answer;
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
  EXPECT_EQ(answer.find("/4"), std::string::npos);  // after the client said close
}

TEST_F(HttpServer, HeadHasTheLengthAndNoBody) {
  start();
  const auto answer = exchange("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 12\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(ends_with(answer, "\r\n\r\n"));
}

TEST_F(HttpServer, WhatComesBehindAHeadIsAnsweredAsItself) {
  start();
  const auto answer = exchange("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nno request\r\n\r\n");
  EXPECT_NE(answer.find("HTTP/1.1 400"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\n\r\nnot a valid HTTP request"), std::string::npos) << answer;
}

TEST_F(HttpServer, TakesTheAbsoluteFormAndHttp10) {
  start();
  EXPECT_NE(exchange("GET http://h:80/a?q HTTP/1.1\r\nHost: h\r\n\r\n").find("GET /a?q []"),
            std::string::npos);
  EXPECT_NE(exchange("GET HTTPS://h/b HTTP/1.1\r\nHost: h\r\n\r\n").find("GET /b? []"),
            std::string::npos);
  EXPECT_NE(exchange("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").find("GET /? []"),
            std::string::npos);
  const auto old = exchange("GET /old HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
  EXPECT_NE(old.find("GET /old? []"), std::string::npos) << old;
  EXPECT_EQ(old.find("/2"), std::string::npos);
}

TEST_F(HttpServer, SaysContinueToWhoWaitsForIt) {
  start();
  const RawClient client(server_->port());
  client.send("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_NE(client.read_until("]\n").find("POST /p? [ok]"), std::string::npos);
}

TEST_F(HttpServer, AHandlerThatThrowsIs500AndIsLogged) {
  start();
  EXPECT_EQ(status_line(exchange("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n")),
            "HTTP/1.1 500 Internal Server Error");
  EXPECT_EQ(log_.count("http.handler_failed"), 1U);
}

struct BadRequest {
  const char* name;
  std::string octets;
  const char* status;
};
std::ostream& operator<<(std::ostream& out, const BadRequest& row) { return out << row.name; }

const std::vector<BadRequest>& bad_requests() {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  static const std::vector<BadRequest> rows{
      {"Garbage", "\x16\x03\x01\x02 hello\r\n\r\n", "400"},
      {"NoHost", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
      {"Http12", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", "400"},
      {"TargetIsNoPath", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"TargetWithoutHost", "GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"TargetIsAQuery", "GET http://h?/a HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"AsteriskTarget", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"SpaceInHeaderName", "GET / HTTP/1.1\r\nHost: h\r\nA B: c\r\n\r\n", "400"},
      {"SpaceBeforeColon", "GET / HTTP/1.1\r\nHost: h\r\nA : c\r\n\r\n", "400"},
      {"ControlInValue", "GET / HTTP/1.1\r\nHost: h\r\nA: \x01\r\n\r\n", "400"},
      {"BareLineFeed", "GET / HTTP/1.1\nHost: h\n\n", "400"},
      {"NegativeLength", post + "Content-Length: -1\r\n\r\n", "400"},
      {"LengthOverflow", post + "Content-Length: 99999999999999999999\r\n\r\n", "400"},
      {"TwoLengths", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
      {"LengthAndChunked",
       post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"ChunkedAndLength",
       post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", "400"},
      {"ChunkedInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"GzipChunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
      {"Identity", post + "Transfer-Encoding: identity\r\n\r\n", "501"},
      {"ChunkedTwice",
       post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"ChunkSizeGarbage", post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
       "400"},
      {"ChunkSizeOverflow",
       post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n", "400"},
      {"ChunkWithoutEnd", post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
       "400"},
      {"ChunkTooLarge",
       post + "Transfer-Encoding: chunked\r\n\r\n10000\r\n" + std::string(0x10000, 'a'), "413"},
      {"BodyTooLarge", post + "Content-Length: 1025\r\n\r\n", "413"},
      {"HeaderTooLarge", "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(8192, 'a') + "\r\n\r\n",
       "431"},
      {"TargetTooLarge", "GET /" + std::string(8192, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", "431"},
      {"OtherExpectation", post + "Expect: tea\r\nContent-Length: 1\r\n\r\n", "417"},
  };
  return rows;
}

class HttpBadRequest : public HttpServer, public ::testing::WithParamInterface<BadRequest> {};

TEST_P(HttpBadRequest, IsRefusedAndTheConnectionEnds) {
  ServerSettings settings;
  settings.max_header = 4096;
  settings.max_body = 1024;
  start(settings);
  const RawClient client(server_->port());
  client.send(GetParam().octets);
  client.finish_sending();
  const auto answer = client.read_to_end();
  EXPECT_EQ(answer.substr(9, 3), GetParam().status) << answer;
  EXPECT_EQ(answer.find("keep-alive"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("HTTP/1.1 200"), std::string::npos);
  // And the next client is served.
  EXPECT_NE(exchange("GET /next HTTP/1.1\r\nHost: h\r\n\r\n").find("GET /next"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Rows, HttpBadRequest, ::testing::ValuesIn(bad_requests()),
                         [](const auto& row) { return std::string(row.param.name); });

struct SlowClient {
  const char* name;
  std::string sends;  // and then nothing
};
std::ostream& operator<<(std::ostream& out, const SlowClient& row) { return out << row.name; }

class HttpSlowClient : public HttpServer, public ::testing::WithParamInterface<SlowClient> {};

TEST_P(HttpSlowClient, IsCutOff) {
  ServerSettings settings;
  settings.idle_timeout = Duration(50);
  settings.transfer_timeout = Duration(50);
  start(settings);
  const RawClient client(server_->port());
  client.send(GetParam().sends);
  const auto answer = client.read_to_end();  // returns because the server closes
  EXPECT_EQ(answer.find("200 OK"), std::string::npos) << answer;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, HttpSlowClient,
    ::testing::Values(
        SlowClient{"Silent", ""}, SlowClient{"HalfALine", "GET / HT"},
        SlowClient{"HalfAHeader", "GET / HTTP/1.1\r\nHost: h\r\n"},
        SlowClient{"HalfABody", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab"},
        SlowClient{"HalfAChunk",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n9\r\na"},
        SlowClient{"ExpectsAndStops",
                   "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                   "Content-Length: 9\r\n\r\n"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(HttpServer, IdleConnectionEnds) {
  ServerSettings settings;
  settings.idle_timeout = Duration(50);
  start(settings);
  const RawClient client(server_->port());
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.read_to_end().find("GET /a"), std::string::npos);
}

TEST_F(HttpServer, AClientThatDoesNotReadIsCutOff) {
  ServerSettings settings;
  settings.transfer_timeout = Duration(100);
  settings.idle_timeout = Duration(100);
  start(settings);
  const RawClient client(server_->port());
  const std::string request = "GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  // Sends without reading until the answers fill every buffer and the server gives up.
  for (int i = 0; i < 1000000 && client.send(request); ++i) continue;
  EXPECT_FALSE(client.send(request));
}

TEST_F(HttpServer, StopsWithConnectionsOpen) {
  start();
  const RawClient idle(server_->port());
  const RawClient halfway(server_->port());
  halfway.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab");
  const RawClient busy(server_->port());
  busy.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(busy.read_until("]\n").find("200 OK"), std::string::npos);
  server_.reset();
  EXPECT_EQ(busy.read_to_end(), "");
}

TEST_F(HttpServer, RefusesBadAddresses) {
  for (const char* listen : {"", "localhost", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:70000",
                             "127.0.0.1:80x", "localhost:80", "[::1:80"}) {
    ServerSettings settings;
    settings.listen = listen;
    const auto started = Server::start(settings, echo_, log_);
    ASSERT_FALSE(started.ok()) << listen;
    EXPECT_EQ(started.error().code(), error_code(HttpErrc::bad_address)) << listen;
  }
}

TEST_F(HttpServer, AnAddressInUseIsAnError) {
  start();
  ServerSettings settings;
  settings.listen = "127.0.0.1:" + std::to_string(server_->port());
  const auto second = Server::start(settings, echo_, log_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), error_code(HttpErrc::cannot_listen));
  EXPECT_EQ(second.error().kind(), ErrorKind::transient);
  EXPECT_NE(second.error().message().find(settings.listen), std::string::npos);
}

}  // namespace
}  // namespace certconnector::http::testing
