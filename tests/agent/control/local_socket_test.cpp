#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "agent/control/control_client.h"
#include "agent/control/local_server.h"
#include "agent/control/posix/agent_peer.h"
#include "agent/control/posix/unix_address.h"
#include "agent/control/transport_errors.h"
#include "agent/platform/posix/file_descriptor.h"
#include "tests/agent/control/echo_handler.h"
#include "tests/agent/control/fakes.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/temp_directory.h"

namespace certconnector::control {
namespace {

class LocalSocketTest : public ::testing::Test {
 protected:
  LocalSocketTest() {
    options_.socket_path = folder_.file("agent.sock");
    options_.group = "no-such-group-here";
  }

  void start() {
    auto server = start_local_server(options_, handler_, peers_, logger_);
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = std::move(*server);
  }

  testing::TempDirectory folder_;
  ServerOptions options_;
  testing::EchoHandler handler_;
  testing::FakePeerCheck peers_;
  testing::CapturingLogger logger_;
  std::unique_ptr<LocalServer> server_;
};

TEST_F(LocalSocketTest, WithoutItsGroupIsForTheOwnerOnlyAndSaysSo) {
  start();
  struct stat found {};
  ASSERT_EQ(::stat(options_.socket_path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_EQ(logger_.count("control.no_group"), 1U);
  EXPECT_NE(logger_.records("control.no_group")[0].message.find("groupadd --system no-such-group"),
            std::string::npos);
}

TEST_F(LocalSocketTest, WithItsGroupIsForItsMembersToo) {
  options_.group = "root";
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give a file to group root";
  start();
  struct stat found {};
  ASSERT_EQ(::stat(options_.socket_path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0660U);
  EXPECT_EQ(logger_.count("control.no_group"), 0U);
}

TEST_F(LocalSocketTest, ReplacesTheSocketOfADeadAgent) {
  {
    const platform::FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = unix_address(options_.socket_path).value();
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  const auto before = connect_control(options_.socket_path);
  ASSERT_FALSE(before.ok());
  EXPECT_EQ(before.error().code(), error_code(TransportErrc::not_running));
  start();
  EXPECT_TRUE(connect_control(options_.socket_path).ok());
}

TEST_F(LocalSocketTest, DoesNotRemoveAFileThatIsNoSocket) {
  folder_.write("agent.sock", "precious");
  const auto server = start_local_server(options_, handler_, peers_, logger_);
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code(), error_code(TransportErrc::bad_path));
  EXPECT_EQ(folder_.read("agent.sock"), "precious");
}

TEST_F(LocalSocketTest, RefusesPathsThatCannotBeSockets) {
  for (const std::string& path : {std::string(), std::string(108, 'x')}) {
    options_.socket_path = path;
    const auto server = start_local_server(options_, handler_, peers_, logger_);
    ASSERT_FALSE(server.ok());
    EXPECT_EQ(server.error().code(), error_code(TransportErrc::bad_path));
  }
  options_.socket_path = folder_.file("missing/agent.sock");
  EXPECT_FALSE(start_local_server(options_, handler_, peers_, logger_).ok());
}

TEST_F(LocalSocketTest, IsRemovedAtTheEnd) {
  start();
  server_.reset();
  EXPECT_NE(::access(options_.socket_path.c_str(), F_OK), 0);
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
