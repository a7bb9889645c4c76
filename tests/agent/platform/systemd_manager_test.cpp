#include "agent/platform/posix/systemd_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/notify_socket.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

using certconnector::testing::NotifySocket;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(SystemdManager, SpeaksOverAPathAndOverTheAbstractNamespace) {
  const certconnector::testing::TempDirectory folder;
  for (const std::string& name :
       {folder.file("notify"), "@certconnector-test-" + std::to_string(::getpid())}) {
    const NotifySocket socket(name);
    ASSERT_TRUE(socket.bound()) << name;
    const SystemdManager service_manager(name, std::nullopt);
    service_manager.ready("not enrolled\nyet");
    EXPECT_EQ(socket.received(), "READY=1\nSTATUS=not enrolled yet");
    service_manager.status("working");
    EXPECT_EQ(socket.received(), "STATUS=working");
    service_manager.alive();
    EXPECT_EQ(socket.received(), "WATCHDOG=1");
    service_manager.stopping();
    EXPECT_EQ(socket.received(), "STOPPING=1");
    service_manager.extend_timeout(std::chrono::seconds(2));
    EXPECT_EQ(socket.received(), "EXTEND_TIMEOUT_USEC=2000000");
    service_manager.reloading();
    EXPECT_THAT(socket.received(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  }
}

TEST(SystemdManager, SaysNothingWithoutAServiceManager) {
  const SystemdManager service_manager("", std::nullopt);
  EXPECT_FALSE(service_manager.present());
  service_manager.ready("working");
  const SystemdManager gone("/nonexistent/notify", std::nullopt);
  gone.ready("working");  // and a service manager that went away is no reason to fail
  EXPECT_TRUE(gone.present());
}

TEST(SystemdManager, TakesItsVariablesOutOfTheEnvironment) {
  const struct {
    std::string microseconds;
    std::string pid;
    std::optional<Duration> interval;
  } rows[] = {{"30000000", "", Duration(30000)},
              {"30000000", std::to_string(::getpid()), Duration(30000)},
              {"30000000", "1", std::nullopt},
              {"0", "", std::nullopt},
              {"soon", "", std::nullopt}};
  for (const auto& row : rows) {
    ::setenv("NOTIFY_SOCKET", "@x", 1);
    ::setenv("WATCHDOG_USEC", row.microseconds.c_str(), 1);
    ::setenv("WATCHDOG_PID", row.pid.c_str(), 1);
    EXPECT_EQ(SystemdManager::from_environment().watchdog_interval(), row.interval)
        << row.microseconds;
    EXPECT_EQ(::getenv("NOTIFY_SOCKET"), nullptr);
    EXPECT_EQ(::getenv("WATCHDOG_USEC"), nullptr);
  }
}

}  // namespace
}  // namespace certconnector::platform
