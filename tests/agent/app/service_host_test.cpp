#include "agent/app/service_host.h"

#include <gtest/gtest.h>

#include <functional>

#include "agent/platform/posix/systemd_manager.h"
#include "tests/agent/app/scripted_controls.h"
#include "tests/support/notify_socket.h"
#include "tests/support/temp_directory.h"

namespace certconnector::app {
namespace {

using certconnector::testing::NotifySocket;
using platform::ServiceControl;

// Work whose long steps end when the test says so.
class FakeWork final : public HostedAgent {
 public:
  std::string status_line() override { return "working"; }
  bool damaged() override { return damaged_; }
  std::optional<std::string> stuck() override {
    return stuck_ ? std::optional<std::string>("poller") : std::nullopt;
  }
  void reload() override {
    ++reloads_;
    on_reload_();
  }
  void begin_stop() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  Duration drain_timeout() override { return std::chrono::seconds(30); }
  void finish(Duration limit) override {
    limit_ = limit;
    wait_for(hurried_);
  }
  void hurry() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    hurried_ = true;
    changed_.notify_all();
  }
  void wait_for(const bool& flag) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return flag; });
  }

  std::function<void()> on_reload_ = [] {};
  bool damaged_ = false;
  bool stuck_ = false;
  bool stopping_ = false;
  bool hurried_ = false;
  int reloads_ = 0;
  Duration limit_{};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

class ServiceHostTest : public ::testing::Test {
 protected:
  bool run(std::deque<ServiceControl> script) {
    ScriptedControls events(std::move(script));
    return ServiceHost(work_, events, service_manager_).run();
  }
  void wait_for_message(const std::string& wanted) {
    while (socket_.next() != wanted) {
    }
  }

  certconnector::testing::TempDirectory folder_;
  NotifySocket socket_{folder_.file("notify")};
  platform::SystemdManager service_manager_{folder_.file("notify"), std::nullopt};
  FakeWork work_;
};

TEST_F(ServiceHostTest, AStopEndsIt) {
  EXPECT_TRUE(run({ServiceControl::wake, ServiceControl::stop}));
  EXPECT_EQ(socket_.received(), "READY=1\nSTATUS=working");
  EXPECT_EQ(socket_.received(), "WATCHDOG=1");
}

TEST_F(ServiceHostTest, DamageEndsItWithAnotherResult) {
  work_.on_reload_ = [&] { work_.damaged_ = true; };
  EXPECT_FALSE(run({ServiceControl::reload}));
}

TEST_F(ServiceHostTest, ALoopThatHangsGetsNoPing) {
  work_.stuck_ = true;
  EXPECT_TRUE(run({ServiceControl::wake, ServiceControl::stop}));
  EXPECT_EQ(socket_.received(), "READY=1\nSTATUS=working");
  EXPECT_EQ(socket_.received(), "");
}

// A reload waits for a person's command under way, which may wait for the network.
TEST_F(ServiceHostTest, AReloadThatWaitsKeepsNobodyWaiting) {
  work_.on_reload_ = [&] { wait_for_message("WATCHDOG=1"); };
  EXPECT_TRUE(run({ServiceControl::reload, ServiceControl::wake, ServiceControl::stop}));
  EXPECT_EQ(work_.reloads_, 1);
}

TEST_F(ServiceHostTest, AStopDuringAReloadEndsWhatItWaitsFor) {
  work_.on_reload_ = [&] { work_.wait_for(work_.stopping_); };
  EXPECT_TRUE(run({ServiceControl::reload, ServiceControl::stop}));
}

TEST_F(ServiceHostTest, ASecondStopDuringAReloadHurries) {
  work_.on_reload_ = [&] { work_.wait_for(work_.hurried_); };
  EXPECT_TRUE(run({ServiceControl::reload, ServiceControl::stop, ServiceControl::stop}));
}

TEST_F(ServiceHostTest, AReloadAskedForDuringAnotherFollowsIt) {
  ScriptedControls events({ServiceControl::reload, ServiceControl::reload});
  work_.on_reload_ = [&] {
    if (work_.reloads_ == 1) wait_for_message("WATCHDOG=1");
    if (work_.reloads_ == 2) work_.damaged_ = true;
  };
  EXPECT_FALSE(ServiceHost(work_, events, service_manager_).run());
  EXPECT_EQ(work_.reloads_, 2);
}

TEST_F(ServiceHostTest, ASecondStopEndsTheDrainSooner) {
  ScriptedControls events({ServiceControl::stop});
  ServiceHost(work_, events, service_manager_).drain();
  EXPECT_TRUE(work_.stopping_);
  EXPECT_EQ(work_.limit_, std::chrono::seconds(30));
  EXPECT_EQ(socket_.received(), "STOPPING=1");
  EXPECT_EQ(socket_.received(), "EXTEND_TIMEOUT_USEC=40000000");
}

}  // namespace
}  // namespace certconnector::app
