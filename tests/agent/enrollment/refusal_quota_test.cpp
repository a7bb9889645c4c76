#include "agent/enrollment/refusal_quota.h"

#include <gtest/gtest.h>

#include "tests/support/capturing_logger.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

TEST(RefusalQuota, OneClientTakesNothingFromTheOthers) {
  testing::FakeClock clock;
  testing::CapturingLogger logger;
  RefusalQuota quota({3, 5}, "scep.refusals_not_kept", clock, logger);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(quota.take("192.0.2.1"));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(quota.take("192.0.2.1"));
  EXPECT_TRUE(quota.take("192.0.2.2"));
  EXPECT_TRUE(quota.take("192.0.2.3"));
  EXPECT_FALSE(quota.take("192.0.2.4")) << "that was all";
  ASSERT_EQ(logger.count("scep.refusals_not_kept"), 2U) << "one line for each limit";
  EXPECT_EQ(logger.records("scep.refusals_not_kept").front().field("client"), "192.0.2.1");
}

TEST(RefusalQuota, ThereIsRoomAgainLater) {
  testing::FakeClock clock;
  testing::CapturingLogger logger;
  RefusalQuota quota({60, 60}, "scep.refusals_not_kept", clock, logger);
  while (quota.take("192.0.2.1")) {
  }
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(quota.take("192.0.2.1"));
  EXPECT_FALSE(quota.take("192.0.2.1"));
}

}  // namespace
}  // namespace certconnector::enrollment
