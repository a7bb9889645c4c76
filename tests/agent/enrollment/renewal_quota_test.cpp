#include "agent/enrollment/renewal_quota.h"

#include <gtest/gtest.h>

#include "common/text/bytes.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

crypto::Sha256 hash(const std::string& text) { return crypto::sha256(as_bytes(text)); }

TEST(RenewalQuota, GivesRoomAgainWhenTheOldestIsForgotten) {
  RenewalQuota quota({2, std::chrono::hours(1)});
  const Timestamp start = certconnector::testing::FakeClock::kStart;
  const auto later = [&](int minutes) { return start + std::chrono::minutes(minutes); };
  EXPECT_EQ(quota.take(hash("a"), hash("1"), later(0)), std::nullopt);
  EXPECT_EQ(quota.take(hash("a"), hash("2"), later(10)), std::nullopt);
  EXPECT_EQ(quota.take(hash("a"), hash("3"), later(20)), Duration(std::chrono::minutes(40)));
  EXPECT_EQ(quota.take(hash("a"), hash("2"), later(20)), std::nullopt) << "it has its room";
  EXPECT_EQ(quota.take(hash("b"), hash("3"), later(20)), std::nullopt) << "of another signer";
  EXPECT_EQ(quota.take(hash("a"), hash("3"), later(60)), std::nullopt);
  EXPECT_EQ(quota.take(hash("a"), hash("4"), later(61)), Duration(std::chrono::minutes(9)));
}

}  // namespace
}  // namespace certconnector::enrollment
