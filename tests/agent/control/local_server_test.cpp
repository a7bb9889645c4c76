#include "agent/control/local_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <future>
#include <thread>

#include "agent/control/control_client.h"
#include "agent/control/posix/agent_peer.h"
#include "agent/control/posix/unix_address.h"
#include "agent/control/transport_errors.h"
#include "agent/platform/posix/file_descriptor.h"
#include "proto/control/frame.h"
#include "tests/agent/control/fakes.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/temp_directory.h"

namespace certconnector::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLong = seconds(30);

// Answers every request with {"asked_by": who}; can be made to wait.
class EchoHandler final : public RequestHandler {
 public:
  std::string answer(std::string_view request, const std::string& who) override {
    if (request.find("\"wait\"") != std::string_view::npos) {
      arrived.set_value();
      go_on.get_future().wait();
    }
    return control_proto::encode_answer({std::nullopt, R"({"asked_by":")" + who + "\"}"});
  }
  std::promise<void> arrived, go_on;
};

class LocalServerTest : public ::testing::Test {
 protected:
  LocalServerTest() {
    options_.socket_path = folder_.file("agent.sock");
    options_.group = "no-such-group-here";
  }

  void start() {
    auto server = start_local_server(options_, handler_, peers_, logger_);
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = std::move(*server);
  }

  [[nodiscard]] std::unique_ptr<ControlClient> client() const {
    auto connected = connect_control(options_.socket_path);
    return connected.ok() ? std::move(*connected) : nullptr;
  }

  // The answer's result, or the code of its error, or the code of the transport error.
  static std::string ask(ControlClient& client, const std::string& command = "status") {
    const auto answer = client.call({command, "{}"}, kLong);
    if (!answer) return std::string(answer.error().code().name);
    return answer->error ? answer->error->code : answer->result;
  }

  // A raw socket, to send octets that the client would not send.
  [[nodiscard]] platform::FileDescriptor raw() const {
    platform::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = unix_address(options_.socket_path).value();
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    timeval limit{30, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    return socket;
  }

  // All that comes until the server hangs up; "timeout" when it does not.
  static std::string read_to_end(const platform::FileDescriptor& socket) {
    std::string all;
    std::array<char, 4096> octets{};
    while (true) {
      const ssize_t count = ::recv(socket.get(), octets.data(), octets.size(), 0);
      if (count < 0 && errno == ECONNRESET) return all;
      if (count < 0) return "timeout";
      if (count == 0) return all;
      all.append(octets.data(), static_cast<std::size_t>(count));
    }
  }

  static void send(const platform::FileDescriptor& socket, std::string_view octets) {
    EXPECT_EQ(::send(socket.get(), octets.data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()));
  }

  testing::TempDirectory folder_;
  ServerOptions options_;
  EchoHandler handler_;
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
  EXPECT_NE(answer->error->remedy.find("usermod -aG no-such-group-here"), std::string::npos);
  EXPECT_EQ(logger_.count("control.refused"), 1U);
}

TEST_F(LocalServerTest, WithoutItsGroupIsForTheOwnerOnlyAndSaysSo) {
  start();
  struct stat found {};
  ASSERT_EQ(::stat(options_.socket_path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_EQ(logger_.count("control.no_group"), 1U);
  EXPECT_NE(logger_.records("control.no_group")[0].message.find("groupadd --system no-such-group"),
            std::string::npos);
}

TEST_F(LocalServerTest, WithItsGroupIsForItsMembersToo) {
  options_.group = "root";
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give a file to group root";
  start();
  struct stat found {};
  ASSERT_EQ(::stat(options_.socket_path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0660U);
  EXPECT_EQ(logger_.count("control.no_group"), 0U);
}

TEST_F(LocalServerTest, RemovesItsSocketAtTheEnd) {
  start();
  server_.reset();
  EXPECT_NE(::access(options_.socket_path.c_str(), F_OK), 0);
  const auto connected = connect_control(options_.socket_path);
  ASSERT_FALSE(connected.ok());
  EXPECT_EQ(connected.error().code(), error_code(TransportErrc::not_running));
}

TEST_F(LocalServerTest, ReplacesTheSocketOfADeadAgent) {
  {
    const platform::FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = unix_address(options_.socket_path).value();
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  const auto before = connect_control(options_.socket_path);
  ASSERT_FALSE(before.ok());
  EXPECT_EQ(before.error().code(), error_code(TransportErrc::not_running));
  start();
  EXPECT_EQ(ask(*client()), kAlice);
}

TEST_F(LocalServerTest, DoesNotTakeTheSocketOfAnAgentThatLives) {
  start();
  const auto second = start_local_server(options_, handler_, peers_, logger_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), error_code(TransportErrc::in_use));
  EXPECT_EQ(second.error().kind(), ErrorKind::transient);
  EXPECT_EQ(ask(*client()), kAlice);
}

TEST_F(LocalServerTest, DoesNotRemoveAFileThatIsNoSocket) {
  folder_.write("agent.sock", "precious");
  const auto server = start_local_server(options_, handler_, peers_, logger_);
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code(), error_code(TransportErrc::bad_path));
  EXPECT_EQ(folder_.read("agent.sock"), "precious");
}

TEST_F(LocalServerTest, RefusesPathsThatCannotBeSockets) {
  for (const std::string& path : {std::string(), std::string(108, 'x')}) {
    options_.socket_path = path;
    const auto server = start_local_server(options_, handler_, peers_, logger_);
    ASSERT_FALSE(server.ok());
    EXPECT_EQ(server.error().code(), error_code(TransportErrc::bad_path));
  }
  options_.socket_path = folder_.file("missing/agent.sock");
  EXPECT_FALSE(start_local_server(options_, handler_, peers_, logger_).ok());
}

TEST_F(LocalServerTest, EndsTheConversationWithGarbage) {
  start();
  const auto socket = raw();
  send(socket, "GET / HTTP/1.1\r\n\r\n");
  const std::string answer = read_to_end(socket);
  EXPECT_NE(answer.find("frame_too_large"), std::string::npos) << answer;
  EXPECT_EQ(ask(*client()), kAlice);
}

TEST_F(LocalServerTest, EndsTheConversationWithAFrameAboveTheLimit) {
  start();
  const auto socket = raw();
  send(socket, std::string("\0\x40\0\1", 4));
  EXPECT_NE(read_to_end(socket).find("frame_too_large"), std::string::npos);
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
  const auto socket = raw();
  EXPECT_EQ(read_to_end(socket), "");
}

TEST_F(LocalServerTest, HangsUpOnAPeerThatDripsItsMessage) {
  options_.message_timeout = milliseconds(20);
  start();
  const auto socket = raw();
  send(socket, std::string("\0\0\0\5{", 5));
  EXPECT_EQ(read_to_end(socket), "");
}

TEST_F(LocalServerTest, SurvivesAPeerThatHangsUpInTheMiddle) {
  start();
  send(raw(), std::string("\0\0\0\5{", 5));
  EXPECT_EQ(ask(*client()), kAlice);
}

TEST_F(LocalServerTest, ASlowRequestAndASilentPeerHoldUpNobodyElse) {
  start();
  const auto silent = raw();
  const auto half = raw();
  send(half, std::string("\0\0", 2));
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
  const platform::FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = unix_address(options_.socket_path).value();
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  const auto one = client();
  ASSERT_NE(one, nullptr);
  const auto answer = one->call({"status", "{}"}, milliseconds(20));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), error_code(TransportErrc::timed_out));
}

struct AgentRow {
  const char* who;
  AgentRule rule;
  std::uint32_t user;
  bool taken;
};

TEST(AgentPeer, IsRootTheCallerOrTheUserOfThePackage) {
  constexpr AgentRule kWithUser{1000, 900U};
  constexpr AgentRule kWithoutUser{1000, std::nullopt};
  for (const AgentRow& row :
       {AgentRow{"root", kWithUser, 0, true}, AgentRow{"root alone", kWithoutUser, 0, true},
        AgentRow{"the caller", kWithoutUser, 1000, true},
        AgentRow{"the package's", kWithUser, 900, true},
        AgentRow{"of a package that is not here", kWithoutUser, 900, false},
        AgentRow{"another", kWithUser, 1001, false},
        AgentRow{"another, to root", AgentRule{0, 900U}, 1000, false},
        AgentRow{"nobody", kWithUser, 65534, false}}) {
    EXPECT_EQ(may_be_agent(row.rule, row.user), row.taken) << row.who;
  }
}

// Listens as another user; the kernel gives that user to every client that connects.
void listen_as(int socket, uid_t user) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::setuid(user) == 0 && ::listen(socket, 1) == 0 ? 0 : 1);
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
}

TEST(AgentPeer, AStrangerWhoListensIsSentNothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can listen as somebody else";
  constexpr uid_t kNobody = 65534;
  for (const uid_t user : {uid_t{0}, kNobody}) {
    const testing::TempDirectory folder;
    const std::string path = folder.file("agent.sock");
    const platform::FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = unix_address(path).value();
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    listen_as(listener.get(), user);
    const auto connected = connect_control(path);
    EXPECT_EQ(connected.ok(), user == 0);
    if (connected.ok()) continue;
    EXPECT_EQ(connected.error().code(), error_code(TransportErrc::not_the_agent));
    EXPECT_NE(connected.error().message().find("certconnector sent nothing"), std::string::npos);
    const platform::FileDescriptor accepted(::accept(listener.get(), nullptr, nullptr));
    char octet = 0;
    EXPECT_EQ(::recv(accepted.get(), &octet, 1, 0), 0) << "it hung up, and sent nothing";
  }
}

}  // namespace
}  // namespace certconnector::control
