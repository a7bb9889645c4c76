#include "agent/control/local_server.h"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <memory>
#include <thread>

#include "agent/control/control_client.h"
#include "agent/control/octet_stream.h"
#include "agent/control/transport_errors.h"
#include "agent/platform/words.h"
#include "tests/agent/control/echo_handler.h"
#include "tests/agent/control/fakes.h"
#include "tests/agent/control/local_peers.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/local_address.h"
#include "tests/support/temp_directory.h"

namespace certconnector::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLong = seconds(30);

class LocalServerTest : public ::testing::Test {
 protected:
  LocalServerTest() {
    options_.socket_path = testing::local_address(folder_);
    options_.group = "no-such-group-here";
  }

  void start() {
    auto server = start_local_server(options_, handler_, peers_, logger_);
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = std::move(*server);
  }

  [[nodiscard]] std::unique_ptr<ControlClient> client() const {
    auto connected = connect_control(options_.socket_path);
    EXPECT_TRUE(connected.ok()) << connected.error().message();
    return connected.ok() ? std::move(*connected) : nullptr;
  }

  // The answer's result, or the code of its error, or the code of the transport error.
  static std::string ask(ControlClient& client, const std::string& command = "status") {
    const auto answer = client.call({command, "{}"}, kLong);
    if (!answer) return std::string(answer.error().code().name);
    return answer->error ? answer->error->code : answer->result;
  }

  // A raw connection, to send octets that the client would not send.
  [[nodiscard]] std::unique_ptr<OctetStream> raw() const {
    return testing::connect_raw(options_.socket_path);
  }

  // All that comes until the server hangs up; "timeout" when it does not.
  static std::string read_to_end(OctetStream& stream) {
    std::string all;
    std::array<char, 4096> octets{};
    while (true) {
      const auto count = stream.receive(octets.data(), octets.size(), soon());
      if (!count.ok()) return "timeout";
      if (*count == 0) return all;
      all.append(octets.data(), *count);
    }
  }

  static void send(OctetStream& stream, std::string_view octets) {
    const auto sent = stream.send(octets, soon());
    ASSERT_TRUE(sent.ok()) << sent.error().message();
    EXPECT_EQ(*sent, octets.size());
  }

  static OctetStream::Deadline soon() { return std::chrono::steady_clock::now() + kLong; }

  testing::TempDirectory folder_;
  ServerOptions options_;
  testing::EchoHandler handler_;
  testing::FakePeerCheck peers_;
  testing::CapturingLogger logger_;
  std::unique_ptr<LocalServer> server_;
};

const std::string kAlice = R"({"asked_by":"alice"})";

TEST_F(LocalServerTest, AnswersManyRequestsOnOneConnection) {
  start();
  const auto one = client();
  ASSERT_NE(one, nullptr);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(*one), kAlice);
}

TEST_F(LocalServerTest, AnswersManyConnectionsOneAfterAnother) {
  options_.max_connections = 2;
  start();
  for (int i = 0; i < 20; ++i) {
    const auto one = client();
    ASSERT_NE(one, nullptr);
    // The server may need a moment to see that the one before has gone.
    std::string answer = ask(*one);
    for (int again = 0; answer == "busy" && again < 1000; ++again) answer = ask(*client());
    EXPECT_EQ(answer, kAlice);
  }
}

TEST_F(LocalServerTest, RefusesAPeerThatMayNot) {
  peers_.admits = false;
  start();
  const auto one = client();
  ASSERT_NE(one, nullptr);
  const auto answer = one->call({"status", "{}"}, kLong);
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  ASSERT_TRUE(answer->error.has_value());
  EXPECT_EQ(answer->error->code, "permission_denied");
  EXPECT_EQ(answer->error->remedy, platform::how_to_be_admitted("no-such-group-here"));
  EXPECT_EQ(logger_.count("control.refused"), 1U);
}

TEST_F(LocalServerTest, AnswersNobodyAfterItsEnd) {
  start();
  server_.reset();
  const auto connected = connect_control(options_.socket_path);
  ASSERT_FALSE(connected.ok());
  EXPECT_EQ(connected.error().code(), error_code(TransportErrc::not_running));
}

TEST_F(LocalServerTest, DoesNotTakeTheSocketOfAnAgentThatLives) {
  start();
  const auto second = start_local_server(options_, handler_, peers_, logger_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), error_code(TransportErrc::in_use));
  EXPECT_EQ(second.error().kind(), ErrorKind::transient);
  EXPECT_EQ(ask(*client()), kAlice);
}

TEST_F(LocalServerTest, EndsTheConversationWithGarbage) {
  start();
  const auto stream = raw();
  send(*stream, "GET / HTTP/1.1\r\n\r\n");
  const std::string answer = read_to_end(*stream);
  EXPECT_NE(answer.find("frame_too_large"), std::string::npos) << answer;
  EXPECT_EQ(ask(*client()), kAlice);
}

TEST_F(LocalServerTest, EndsTheConversationWithAFrameAboveTheLimit) {
  start();
  const auto stream = raw();
  send(*stream, std::string("\0\x40\0\1", 4));
  EXPECT_NE(read_to_end(*stream).find("frame_too_large"), std::string::npos);
}

TEST_F(LocalServerTest, TakesAFrameAtTheLimit) {
  start();
  const auto one = client();
  ASSERT_NE(one, nullptr);
  const std::string arguments = R"({"x":")" + std::string(4190000, 'x') + "\"}";
  const auto answer = one->call({"status", arguments}, kLong);
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->result, kAlice);
}

TEST_F(LocalServerTest, HangsUpOnAPeerThatSaysNothing) {
  options_.idle_timeout = milliseconds(20);
  start();
  const auto stream = raw();
  EXPECT_EQ(read_to_end(*stream), "");
}

TEST_F(LocalServerTest, HangsUpOnAPeerThatDripsItsMessage) {
  options_.message_timeout = milliseconds(20);
  start();
  const auto stream = raw();
  send(*stream, std::string("\0\0\0\5{", 5));
  EXPECT_EQ(read_to_end(*stream), "");
}

TEST_F(LocalServerTest, SurvivesAPeerThatHangsUpInTheMiddle) {
  start();
  send(*raw(), std::string("\0\0\0\5{", 5));
  EXPECT_EQ(ask(*client()), kAlice);
}

TEST_F(LocalServerTest, ASlowRequestAndASilentPeerHoldUpNobodyElse) {
  start();
  const auto silent = raw();
  const auto half = raw();
  send(*half, std::string("\0\0", 2));
  const auto slow = client();
  std::thread waiting([&] { EXPECT_EQ(ask(*slow, "wait"), kAlice); });
  handler_.arrived.get_future().wait();
  EXPECT_EQ(ask(*client()), kAlice);
  handler_.go_on.set_value();
  waiting.join();
}

TEST_F(LocalServerTest, TurnsAwayWhatIsAboveItsLimit) {
  options_.max_connections = 1;
  start();
  const auto first = client();
  ASSERT_EQ(ask(*first), kAlice);
  EXPECT_EQ(ask(*client()), "busy");
  EXPECT_EQ(ask(*first), kAlice);
}

TEST_F(LocalServerTest, StopsWithConnectionsOpenAndFinishesARequestThatRuns) {
  start();
  const auto idle = client();
  ASSERT_EQ(ask(*idle), kAlice);
  const auto slow = client();
  std::string answer;
  std::thread waiting([&] { answer = ask(*slow, "wait"); });
  handler_.arrived.get_future().wait();
  std::thread stopping([&] { server_.reset(); });
  handler_.go_on.set_value();
  stopping.join();
  waiting.join();
  EXPECT_EQ(answer, kAlice);
  EXPECT_EQ(ask(*idle), "closed");
}

TEST_F(LocalServerTest, TheClientDoesNotWaitForeverForASilentAgent) {
  const auto agent = testing::listen_in_silence(options_.socket_path);
  const auto one = client();
  ASSERT_NE(one, nullptr);
  const auto answer = one->call({"status", "{}"}, milliseconds(20));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), error_code(TransportErrc::timed_out));
}

}  // namespace
}  // namespace certconnector::control
