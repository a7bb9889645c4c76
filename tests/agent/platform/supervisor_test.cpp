#include "agent/platform/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// The service manager's end: a datagram socket at a path, or in the abstract namespace ("@name").
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(&address.sun_path[0], name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    bound_ = ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length) == 0;
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] bool bound() const { return bound_; }
  // What has arrived; a local datagram is there when send() returns.
  [[nodiscard]] std::string received() const {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return count < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(count));
  }

 private:
  int fd_;
  bool bound_ = false;
};

TEST(Supervisor, SpeaksOverAPathAndOverTheAbstractNamespace) {
  const certconnector::testing::TempDirectory folder;
  for (const std::string& name :
       {folder.file("notify"), "@certconnector-test-" + std::to_string(::getpid())}) {
    const NotifySocket socket(name);
    ASSERT_TRUE(socket.bound()) << name;
    const Supervisor supervisor(name, std::nullopt);
    supervisor.ready("not enrolled\nyet");
    EXPECT_EQ(socket.received(), "READY=1\nSTATUS=not enrolled yet");
    supervisor.status("working");
    EXPECT_EQ(socket.received(), "STATUS=working");
    supervisor.alive();
    EXPECT_EQ(socket.received(), "WATCHDOG=1");
    supervisor.stopping();
    EXPECT_EQ(socket.received(), "STOPPING=1");
    supervisor.extend_timeout(std::chrono::seconds(2));
    EXPECT_EQ(socket.received(), "EXTEND_TIMEOUT_USEC=2000000");
    supervisor.reloading();
    EXPECT_THAT(socket.received(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  }
}

TEST(Supervisor, SaysNothingWithoutAServiceManager) {
  const Supervisor supervisor("", std::nullopt);
  EXPECT_FALSE(supervisor.present());
  supervisor.ready("working");
  const Supervisor gone("/nonexistent/notify", std::nullopt);
  gone.ready("working");  // and a service manager that went away is no reason to fail
  EXPECT_TRUE(gone.present());
}

TEST(Supervisor, TakesItsVariablesOutOfTheEnvironment) {
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
    EXPECT_EQ(Supervisor::from_environment().watchdog_interval(), row.interval) << row.microseconds;
    EXPECT_EQ(::getenv("NOTIFY_SOCKET"), nullptr);
    EXPECT_EQ(::getenv("WATCHDOG_USEC"), nullptr);
  }
}

}  // namespace
}  // namespace certconnector::platform
