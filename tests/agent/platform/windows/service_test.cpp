#include <windows.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "agent/platform/errors.h"
#include "agent/platform/windows/account.h"
#include "agent/platform/windows/queued_controls.h"
#include "agent/platform/windows/scm_manager.h"
#include "agent/platform/windows/service_account.h"
#include "agent/platform/windows/service_process.h"

namespace certconnector::platform {
namespace {

class ScmTest : public ::testing::Test {
 protected:
  std::vector<SERVICE_STATUS> told_;
  ScmManager manager_{[this](SERVICE_STATUS status) { told_.push_back(status); }};
  QueuedControls controls_;
};

TEST_F(ScmTest, AStartIsPendingUntilTheAgentWorks) {
  manager_.starting();
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].dwCurrentState, DWORD{SERVICE_START_PENDING});
  EXPECT_EQ(told_[0].dwControlsAccepted, 0U);
  EXPECT_GT(told_[0].dwWaitHint, 0U);
  manager_.extend_timeout(Duration(120000));
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[1].dwCurrentState, DWORD{SERVICE_START_PENDING});
  EXPECT_EQ(told_[1].dwCheckPoint, told_[0].dwCheckPoint + 1);
  EXPECT_EQ(told_[1].dwWaitHint, 120000U);
  manager_.ready("working");
  ASSERT_EQ(told_.size(), 3U);
  EXPECT_EQ(told_[2].dwCurrentState, DWORD{SERVICE_RUNNING});
  EXPECT_EQ(told_[2].dwControlsAccepted,
            DWORD{SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE});
}

TEST_F(ScmTest, ARunningServiceSaysNothingMore) {
  manager_.starting();
  manager_.ready("working");
  manager_.ready("after a reload");
  manager_.reloading();
  manager_.status("something");
  manager_.alive();
  manager_.extend_timeout(Duration(1000));
  EXPECT_EQ(told_.size(), 2U);
  EXPECT_TRUE(manager_.present());
}

TEST_F(ScmTest, AStopIsPendingWithItsTimeAndItsProgress) {
  manager_.ready("working");
  manager_.stopping();
  manager_.extend_timeout(Duration(40000));
  manager_.alive();
  manager_.ready("too late");
  ASSERT_EQ(told_.size(), 4U);
  EXPECT_EQ(told_[1].dwCurrentState, DWORD{SERVICE_STOP_PENDING});
  EXPECT_EQ(told_[2].dwWaitHint, 40000U);
  EXPECT_EQ(told_[3].dwCheckPoint, told_[1].dwCheckPoint + 2);
  EXPECT_EQ(told_[3].dwWaitHint, 40000U);
}

TEST_F(ScmTest, AnExitCodeIsTheServicesOwn) {
  manager_.ready("working");
  manager_.ended(78);
  manager_.ended(0);
  manager_.stopping();
  manager_.alive();
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[1].dwCurrentState, DWORD{SERVICE_STOPPED});
  EXPECT_EQ(told_[1].dwWin32ExitCode, DWORD{ERROR_SERVICE_SPECIFIC_ERROR});
  EXPECT_EQ(told_[1].dwServiceSpecificExitCode, 78U);
}

TEST_F(ScmTest, AGoodEndHasNoExitCode) {
  manager_.ready("working");
  manager_.ended(0);
  EXPECT_EQ(told_.back().dwWin32ExitCode, DWORD{NO_ERROR});
  EXPECT_EQ(told_.back().dwServiceSpecificExitCode, 0U);
}

TEST_F(ScmTest, ControlsStopReloadAndAsk) {
  manager_.ready("working");
  const auto send = [&](DWORD control) { return on_service_control(control, controls_, manager_); };
  for (const DWORD reload : {DWORD{SERVICE_CONTROL_PARAMCHANGE}, kReloadControl}) {
    EXPECT_EQ(send(reload), DWORD{NO_ERROR});
    EXPECT_EQ(controls_.next(Duration(0)), ServiceControl::reload);
  }
  EXPECT_EQ(send(SERVICE_CONTROL_INTERROGATE), DWORD{NO_ERROR});
  EXPECT_EQ(told_.back().dwCurrentState, DWORD{SERVICE_RUNNING});
  EXPECT_EQ(send(SERVICE_CONTROL_PAUSE), DWORD{ERROR_CALL_NOT_IMPLEMENTED});
  EXPECT_EQ(controls_.next(Duration(0)), std::nullopt);
  for (const DWORD stop : {DWORD{SERVICE_CONTROL_STOP}, DWORD{SERVICE_CONTROL_PRESHUTDOWN}}) {
    EXPECT_EQ(send(stop), DWORD{NO_ERROR});
    EXPECT_EQ(told_.back().dwCurrentState, DWORD{SERVICE_STOP_PENDING});
    EXPECT_EQ(controls_.next(Duration(0)), ServiceControl::stop);
  }
}

// As `sc showsid CertificateConnector` and Microsoft's description have it: S-1-5-80 and five
// numbers.
TEST(ServiceAccount, HasTheIdentifierOfItsName) {
  EXPECT_EQ(sid_text(service_sid().get()),
            L"S-1-5-80-1893132391-1737955784-2884304027-2002105769-3986368459");
}

}  // namespace
}  // namespace certconnector::platform
