#include "agent/platform/service_controls.h"

#include <gtest/gtest.h>

#include <csignal>

namespace certconnector::platform {
namespace {

TEST(ServiceControls, TurnsSignalsAndWakesIntoEvents) {
  auto events = signal_controls();
  ASSERT_TRUE(events.ok());
  EXPECT_EQ((*events)->next(Duration(0)), std::nullopt);
  const struct {
    int signal_number;
    ServiceControl event;
  } rows[] = {{SIGTERM, ServiceControl::stop},
              {SIGINT, ServiceControl::stop},
              {SIGHUP, ServiceControl::reload}};
  for (const auto& row : rows) {
    ASSERT_EQ(std::raise(row.signal_number), 0);
    EXPECT_EQ((*events)->next(std::chrono::seconds(10)), row.event);
  }
  (*events)->wake();
  (*events)->wake();
  EXPECT_EQ((*events)->next(std::chrono::seconds(10)), ServiceControl::wake);
  EXPECT_EQ((*events)->next(Duration(0)), std::nullopt);
  (*events)->wake();
  (*events)->reload();
  EXPECT_EQ((*events)->next(std::chrono::seconds(10)), ServiceControl::reload);
  EXPECT_EQ((*events)->next(Duration(0)), std::nullopt);
  EXPECT_EQ(std::raise(SIGPIPE),
            0);  // ignored: a peer that went away is an error of that write alone
}

}  // namespace
}  // namespace certconnector::platform
