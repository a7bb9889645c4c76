#include "agent/enrollment/denial_quota.h"

#include <gtest/gtest.h>

#include "common/http/client_limit.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

class DenialQuotaTest : public ::testing::Test {
 protected:
  void limit_to(std::size_t of_a_client, std::size_t of_all) {
    of_a_client_.set(of_a_client, kDenialQuotaPeriod);
    of_all_.set(of_all, kDenialQuotaPeriod);
  }

  testing::FakeClock clock_;
  testing::CapturingLogger logger_;
  http::ClientLimit of_a_client_{{"one.not_kept", "of one client"}, clock_, logger_};
  http::ClientLimit of_all_{{"all.not_kept", "of all clients"}, clock_, logger_};
  DenialQuota quota_{of_a_client_, of_all_};
};

TEST_F(DenialQuotaTest, OneClientTakesNothingFromTheOthers) {
  limit_to(3, 5);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(quota_.take("192.0.2.1"));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(quota_.take("192.0.2.1"));
  EXPECT_TRUE(quota_.take("192.0.2.2"));
  EXPECT_TRUE(quota_.take("192.0.2.3"));
  EXPECT_FALSE(quota_.take("192.0.2.4")) << "that was all";
  ASSERT_EQ(logger_.count("one.not_kept"), 1U);
  EXPECT_EQ(logger_.count("all.not_kept"), 1U);
  EXPECT_EQ(logger_.records("one.not_kept").front().field("client"), "192.0.2.1");
}

TEST_F(DenialQuotaTest, ThereIsRoomAgainLater) {
  limit_to(60, 60);
  while (quota_.take("192.0.2.1")) {
  }
  clock_.advance(std::chrono::minutes(1));
  EXPECT_TRUE(quota_.take("192.0.2.1"));
  EXPECT_FALSE(quota_.take("192.0.2.1"));
}

}  // namespace
}  // namespace certconnector::enrollment
