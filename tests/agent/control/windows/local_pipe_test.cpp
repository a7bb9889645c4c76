#include <windows.h>
#include <aclapi.h>
#include <gtest/gtest.h>
#include <sddl.h>

#include <thread>
#include <vector>

#include "agent/control/control_client.h"
#include "agent/control/local_server.h"
#include "agent/control/transport_errors.h"
#include "agent/control/windows/pipe_instance.h"
#include "agent/control/windows/pipe_name.h"
#include "agent/platform/windows/account.h"
#include "tests/agent/control/echo_handler.h"
#include "tests/agent/control/fakes.h"
#include "tests/agent/control/local_peers.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/local_address.h"
#include "tests/support/temp_directory.h"

namespace certconnector::control {
namespace {

class LocalPipeTest : public ::testing::Test {
 protected:
  LocalPipeTest() {
    options_.socket_path = testing::local_address(folder_);
    options_.group = "no-such-group-here";
  }

  testing::TempDirectory folder_;
  ServerOptions options_;
  testing::EchoHandler handler_;
  testing::FakePeerCheck peers_;
  testing::CapturingLogger logger_;
};

TEST_F(LocalPipeTest, IsForAdministratorsTheSystemAndItsAccount) {
  const auto users = pipe_users(options_, logger_);
  ASSERT_TRUE(users.ok());
  const std::wstring own = platform::sid_text(platform::own_account()->get());
  EXPECT_EQ(*users, L"O:" + own + L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + own + L")");
  ASSERT_EQ(logger_.count("control.no_group"), 1U);
  EXPECT_NE(logger_.records("control.no_group")[0].message.find(
                "net localgroup \"no-such-group-here\" /add"),
            std::string::npos);
}

TEST_F(LocalPipeTest, ItsGroupMayUseItAndNotOfferIt) {
  options_.group = "Everyone";  // the one group that every system has, Wine too
  const auto users = pipe_users(options_, logger_);
  ASSERT_TRUE(users.ok());
  EXPECT_EQ(logger_.count("control.no_group"), 0U);
  ASSERT_NE(users->find(L"(A;;0x12019b;;;S-1-1-0)"), std::wstring::npos);
  EXPECT_EQ(0x12019bU & FILE_CREATE_PIPE_INSTANCE, 0U);
  EXPECT_EQ(0x12019bU & (FILE_READ_DATA | FILE_WRITE_DATA), FILE_READ_DATA | FILE_WRITE_DATA);
}

TEST_F(LocalPipeTest, AnAccountIsNoGroup) {
  options_.group = platform::account_name(platform::own_account()->get());
  ASSERT_TRUE(pipe_users(options_, logger_).ok());
  EXPECT_EQ(logger_.count("control.no_group"), 1U);
}

TEST_F(LocalPipeTest, DoesNotJoinAPipeThatAnotherProgramOffers) {
  const auto other = testing::listen_in_silence(options_.socket_path);
  const auto server = start_local_server(options_, handler_, peers_, logger_);
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code(), error_code(TransportErrc::in_use));
}

TEST_F(LocalPipeTest, AClientThatFindsEveryEndTakenWaits) {
  options_.max_connections = 100;
  const auto server = start_local_server(options_, handler_, peers_, logger_);
  ASSERT_TRUE(server.ok());
  std::vector<std::thread> clients;
  std::atomic<int> answered{0};
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back([&] {
      const auto client = connect_control(options_.socket_path);
      if (client.ok() && (*client)->call({"status", "{}"}, std::chrono::seconds(30)).ok())
        ++answered;
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(answered, 100);
}

TEST_F(LocalPipeTest, TakesNamesOfThisMachineAlone) {
  for (const char* name : {"//./pipe/x", "\\\\.\\pipe\\x", "//./PIPE/certificate-connector"}) {
    EXPECT_TRUE(pipe_name(name).ok()) << name;
    EXPECT_TRUE(check_socket_path(name).ok()) << name;
  }
  EXPECT_EQ(pipe_name("//./pipe/x").value(), L"\\\\.\\pipe\\x");
  for (const std::string& name :
       {std::string(), std::string("C:/agent.sock"), std::string("//server/pipe/x"),
        std::string("//./pipe/"), std::string("//./pipe/a/b"), std::string("//./pipe/a\nb"),
        std::string("//./pipe/..\\x"), std::string("x"), std::string("//?/pipe/x"),
        std::string("//./mailslot/x"), "//./pipe/" + std::string(300, 'x')}) {
    ASSERT_FALSE(pipe_name(name).ok()) << name;
    EXPECT_EQ(pipe_name(name).error().code(), error_code(TransportErrc::bad_path));
    EXPECT_FALSE(connect_control(name).ok());
  }
}

}  // namespace
}  // namespace certconnector::control
