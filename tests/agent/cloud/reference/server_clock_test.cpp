#include "agent/cloud/reference/server_clock.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace certconnector::cloud {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::FakeClock;

TEST(ServerClock, TakesBothClocksAsTheSameAtFirst) {
  const FakeClock clock;
  const ServerClock server(clock);
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart);
}

TEST(ServerClock, ConvertsByTheDifferenceBothWays) {
  const FakeClock clock;
  ServerClock server(clock);
  server.learn(FakeClock::kStart - hours(1));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart + hours(1));
  EXPECT_EQ(server.to_server(FakeClock::kStart), FakeClock::kStart - hours(1));
}

TEST(ServerClock, PrefersTheBodysTimeToTheDateHeader) {
  const FakeClock clock;
  ServerClock server(clock);
  server.learn_roughly(FakeClock::kStart + seconds(10));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart - seconds(10));
  server.learn(FakeClock::kStart + seconds(20));
  server.learn_roughly(FakeClock::kStart + seconds(10));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart - seconds(20));
}

TEST(ServerClock, FollowsAClockThatJumpsAndIgnoresOurOwn) {
  FakeClock clock;
  ServerClock server(clock);
  server.learn(FakeClock::kStart);
  clock.jump_wall(hours(5));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart);
  server.learn(FakeClock::kStart - hours(3));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart + hours(3));
}

}  // namespace
}  // namespace certconnector::cloud
