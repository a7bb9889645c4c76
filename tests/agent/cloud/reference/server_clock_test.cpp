#include "agent/cloud/reference/server_clock.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/fake_clock.h"

namespace certconnector::cloud {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::FakeClock;

struct Heard final : core::TimeWitness {
  std::vector<Timestamp> times;
  void saw_time(Timestamp theirs) override { times.push_back(theirs); }
};

TEST(ServerClock, TakesBothClocksAsTheSameAtFirst) {
  const FakeClock clock;
  Heard heard;
  const ServerClock server(clock, heard);
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart);
}

TEST(ServerClock, ConvertsByTheDifferenceBothWays) {
  const FakeClock clock;
  Heard heard;
  ServerClock server(clock, heard);
  server.learn(FakeClock::kStart - hours(1));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart + hours(1));
  EXPECT_EQ(server.to_server(FakeClock::kStart), FakeClock::kStart - hours(1));
}

TEST(ServerClock, PrefersTheBodysTimeToTheDateHeader) {
  const FakeClock clock;
  Heard heard;
  ServerClock server(clock, heard);
  server.learn_roughly(FakeClock::kStart + seconds(10));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart - seconds(10));
  server.learn(FakeClock::kStart + seconds(20));
  server.learn_roughly(FakeClock::kStart + seconds(10));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart - seconds(20));
}

TEST(ServerClock, FollowsAClockThatJumpsAndIgnoresOurOwn) {
  FakeClock clock;
  Heard heard;
  ServerClock server(clock, heard);
  server.learn(FakeClock::kStart);
  clock.jump_wall(hours(5));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart);
  server.learn(FakeClock::kStart - hours(3));
  EXPECT_EQ(server.to_local(FakeClock::kStart), FakeClock::kStart + hours(3));
}

TEST(ServerClock, TellsTheWitnessOfEachTime) {
  const FakeClock clock;
  Heard heard;
  ServerClock server(clock, heard);
  server.learn(FakeClock::kStart + seconds(20));
  server.learn_roughly(FakeClock::kStart + seconds(10));
  EXPECT_EQ(heard.times,
            (std::vector{FakeClock::kStart + seconds(20), FakeClock::kStart + seconds(10)}));
}

}  // namespace
}  // namespace certconnector::cloud
