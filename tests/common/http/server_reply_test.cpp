// Answers that come later, from other threads, or never.
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "common/http/server.h"
#include "tests/common/http/keeper.h"
#include "tests/common/http/raw_client.h"
#include "tests/support/capturing_logger.h"

namespace certconnector::http::testing {
namespace {

using certconnector::testing::CapturingLogger;

class HttpReply : public ::testing::Test {
 protected:
  void start(const ServerSettings& settings = {}) {
    auto started = Server::start(settings, keeper_, log_);
    ASSERT_TRUE(started.ok()) << started.error().message();
    server_ = std::move(started).value();
  }

  Keeper keeper_;
  CapturingLogger log_;
  std::unique_ptr<Server> server_;
};

std::string get_of(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

TEST_F(HttpReply, ComesFromAnotherThread) {
  start();
  const RawClient client(server_->port());
  for (int i = 0; i < 3; ++i) {
    client.send(get_of("/" + std::to_string(i)));
    auto [request, reply] = keeper_.take();
    EXPECT_EQ(request.path, "/" + std::to_string(i));
    std::thread([&reply = reply, i] {
      reply.send(text_response(200, "n" + std::to_string(i)));
    }).join();
    EXPECT_NE(client.read_until("\nn").find("200 OK"), std::string::npos);
  }
}

TEST_F(HttpReply, OtherConnectionsAreServedMeanwhile) {
  start();
  const RawClient slow(server_->port());
  slow.send(get_of("/slow"));
  auto waiting = keeper_.take();
  const RawClient quick(server_->port());
  quick.send(get_of("/quick"));
  keeper_.take().second.send(text_response(200, "quick"));
  EXPECT_NE(quick.read_until("quick\n").find("200 OK"), std::string::npos);
  waiting.second.send(text_response(200, "slow"));
  EXPECT_NE(slow.read_until("slow\n").find("200 OK"), std::string::npos);
}

TEST_F(HttpReply, ThePipelinedRequestWaitsForTheAnswerBefore) {
  start();
  const RawClient client(server_->port());
  client.send(get_of("/1") + get_of("/2"));
  auto first = keeper_.take();
  EXPECT_EQ(first.first.path, "/1");
  EXPECT_FALSE(client.readable_within(20));
  EXPECT_TRUE(keeper_.idle());
  first.second.send(text_response(200, "one"));
  auto second = keeper_.take();
  EXPECT_EQ(second.first.path, "/2");
  second.second.send(text_response(200, "two"));
  const auto answers = client.read_until("two\n");
  EXPECT_LT(answers.find("one\n"), answers.find("two\n"));
}

TEST_F(HttpReply, IsNotBoundByTheIdleTimeout) {
  ServerSettings settings;
  settings.idle_timeout = Duration(20);
  settings.transfer_timeout = Duration(20);
  start(settings);
  const RawClient client(server_->port());
  client.send(get_of("/a"));
  auto waiting = keeper_.take();
  EXPECT_FALSE(client.readable_within(60));
  waiting.second.send(text_response(200, "late"));
  EXPECT_NE(client.read_until("late\n").find("200 OK"), std::string::npos);
}

TEST_F(HttpReply, WhenItIsLostTheClientGets500) {
  start();
  const RawClient client(server_->port());
  client.send(get_of("/a"));
  { const auto lost = keeper_.take(); }
  EXPECT_EQ(client.read_until("error\n").substr(0, 12), "HTTP/1.1 500");
  client.send(get_of("/b"));  // the connection goes on
  keeper_.take().second.send(text_response(200, "fine"));
  EXPECT_NE(client.read_until("fine\n").find("200 OK"), std::string::npos);
}

TEST_F(HttpReply, IsDroppedWhenTheClientHasGone) {
  start();
  auto gone = std::make_unique<RawClient>(server_->port());
  gone->send(get_of("/a"));
  auto waiting = keeper_.take();
  gone.reset();
  waiting.second.send(text_response(200, "nobody"));
  const RawClient next(server_->port());
  next.send(get_of("/b"));
  keeper_.take().second.send(text_response(200, "next"));
  EXPECT_NE(next.read_until("next\n").find("200 OK"), std::string::npos);
}

// With every connection waiting, the server's thread has nothing else to do, and must go on.
TEST_F(HttpReply, WithAllConnectionsWaiting) {
  ServerSettings settings;
  settings.max_connections = 1;
  start(settings);
  const RawClient client(server_->port());
  client.send(get_of("/a"));
  auto waiting = keeper_.take();
  EXPECT_FALSE(client.readable_within(20));
  waiting.second.send(text_response(200, "answer"));
  EXPECT_NE(client.read_until("answer\n").find("200 OK"), std::string::npos);
}

TEST_F(HttpReply, OutlivesTheServer) {
  start();
  const RawClient client(server_->port());
  client.send(get_of("/sent") + get_of("/never"));
  auto sent = keeper_.take();
  const RawClient other(server_->port());
  other.send(get_of("/lost"));
  auto lost = std::make_unique<std::pair<Request, Reply>>(keeper_.take());
  server_.reset();
  EXPECT_EQ(client.read_to_end(), "");
  sent.second.send(text_response(200, "too late"));
  lost.reset();
}

TEST_F(HttpReply, MayRaceWithTheServersEnd) {
  for (int round = 0; round < 20; ++round) {
    start();
    std::vector<std::unique_ptr<RawClient>> clients;
    std::vector<Reply> replies;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(std::make_unique<RawClient>(server_->port()));
      clients.back()->send(get_of("/a"));
      replies.push_back(keeper_.take().second);
    }
    std::thread answering([&replies] {
      for (auto& reply : replies) reply.send(text_response(200, "race"));
    });
    server_.reset();
    answering.join();
    for (const auto& client : clients) {
      const auto answer = client->read_to_end();
      EXPECT_TRUE(answer.empty() || answer.find("race\n") != std::string::npos) << answer;
    }
  }
}

// One client's request answers another's, on the server's own thread.
class Pairing final : public Handler {
 public:
  void handle(Request request, Reply reply) override {
    auto& mine = request.path == "/wait" ? first_ : second_;
    mine.emplace(std::move(reply));
    if (!first_ || !second_) return;
    first_->send(text_response(200, "from the other"));
    second_->send(text_response(200, "done"));
  }

 private:
  std::optional<Reply> first_;
  std::optional<Reply> second_;
};

TEST(HttpReplies, AreSentFromInsideTheHandlerOfAnotherRequest) {
  Pairing pairing;
  CapturingLogger log;
  const auto server = Server::start({}, pairing, log);
  ASSERT_TRUE(server.ok());
  const RawClient first(server.value()->port());
  first.send(get_of("/wait"));
  const RawClient second(server.value()->port());
  second.send(get_of("/go"));
  EXPECT_NE(second.read_until("done\n").find("200 OK"), std::string::npos);
  EXPECT_NE(first.read_until("other\n").find("200 OK"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::http::testing
