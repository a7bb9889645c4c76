#include <gtest/gtest.h>

#include "agent/platform/background_work.h"
#include "agent/platform/host_name.h"
#include "agent/platform/own_user.h"
#include "agent/platform/process_limits.h"
#include "agent/platform/service_controls.h"
#include "agent/platform/service_manager.h"

namespace certconnector::platform {
namespace {

TEST(ConsoleControls, AreToldFromInside) {
  const auto controls = signal_controls();
  ASSERT_TRUE(controls.ok()) << controls.error().message();
  EXPECT_EQ((*controls)->next(Duration(0)), std::nullopt);
  (*controls)->wake();
  (*controls)->reload();
  EXPECT_EQ((*controls)->next(Duration(60000)), ServiceControl::reload);
  EXPECT_EQ((*controls)->next(Duration(60000)), ServiceControl::wake);
  EXPECT_EQ((*controls)->next(Duration(0)), std::nullopt);
}

TEST(Windows, ThereIsNoServiceManagerInAConsole) {
  EXPECT_FALSE(service_manager()->present());
  EXPECT_FALSE(service_manager()->watchdog_interval());
}

TEST(Windows, ItsNamesAreKnown) {
  EXPECT_FALSE(host_name().empty());
  EXPECT_FALSE(own_user().empty());
}

TEST(Windows, TheProcessIsClosed) {
  const Status closed = protect_process_memory();
  EXPECT_TRUE(closed.ok()) << closed.error().message();
  EXPECT_TRUE(raise_file_limit().ok());
  EXPECT_GT(file_limit().value(), 0U);
  give_back_memory();
}

}  // namespace
}  // namespace certconnector::platform
