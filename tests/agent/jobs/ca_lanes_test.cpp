// The lanes of several CAs with real threads. A CA that never answers must hold up itself alone.
#include "agent/jobs/ca_lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "agent/core/errors.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/core/silent_ca.h"

namespace certconnector::jobs {
namespace {

using ::testing::HasSubstr;
using testing::issue_job;
using testing::kTestCa;
using testing::SilentCa;

const std::string kSilent(64, 'b');

class CaLanesTest : public testing::CoreFixture {
 protected:
  ~CaLanesTest() override {
    stop_soon();
    if (silent) silent->answer();
  }
  // The silent CA beside the one of the fixture.
  void open(bool obeys_stop) {
    silent = std::make_shared<SilentCa>(kSilent, obeys_stop);
    core::CaPorts ports;
    ports.ca = silent;
    cas.add(ports);
    lanes.emplace(LaneParts{cas, scheduler, quiet_runner, operating_mode, clock, quiet},
                  HealthCheckSettings{});
    lanes->open(kTestCa);
    lanes->open(kSilent);
    lanes->start(stopping.token(), hurrying.token());
  }
  void insert_silent(const std::string& id) {
    core::Job job = issue_job(id);
    job.ca = kSilent;
    insert(std::move(job));
    scheduler.ready(kSilent, 1);
  }
  void stop_soon() {
    stopping.request_stop();
    hurrying.request_stop();
  }
  bool wait_until_done(std::size_t count) {
    for (int i = 0; i < 600 && store.count(core::JobState::succeeded) < count; ++i) {
      settled.wait(Duration(100), never);
    }
    return store.count(core::JobState::succeeded) == count;
  }

  log::NullLogger quiet;
  core::NoCrashPoints no_crash_points;
  Runner quiet_runner{lease_check,
                      outcome_writer,
                      storage,
                      {{}, clock, random},
                      {activity, no_crash_points, quiet}};
  Wakeup settled;
  runtime::Subscription subscription{outcome_writer.settled(), settled};
  StopSource stopping;
  StopSource hurrying;
  std::shared_ptr<SilentCa> silent;
  std::optional<CaLanes> lanes;
};

TEST_F(CaLanesTest, ACaThatNeverAnswersHoldsUpItselfAlone) {
  open(false);
  insert_silent("s1");
  ASSERT_TRUE(silent->wait_for_calls(2)) << "its health and its job";
  insert_silent("s2");
  ASSERT_TRUE(silent->wait_for_calls(3)) << "every worker that it has";
  insert_silent("s3");
  for (int i = 0; i < 20; ++i) insert(issue_job("j" + std::to_string(i)));
  EXPECT_TRUE(wait_until_done(20));
  EXPECT_EQ(scheduler.lane(kSilent, clock.now()).running, 2U);
  stop_soon();
  silent->answer();
  EXPECT_TRUE(lanes->join(hurrying.token(), std::chrono::seconds(10)));
}

TEST_F(CaLanesTest, ReadersSeeSinceWhenItHasNotAnswered) {
  open(false);
  ASSERT_TRUE(silent->wait_for_calls(1));
  EXPECT_TRUE(cas.health(kSilent, clock.now()).healthy) << "it may answer yet";
  const Status checked = lanes->check(kSilent, Duration(20), never);
  EXPECT_THAT(checked.error().message(), HasSubstr("has not answered within 20 ms"));
  clock.advance(std::chrono::seconds(11));
  EXPECT_FALSE(cas.health(kSilent, clock.now()).healthy);
  EXPECT_THAT(cas.health(kSilent, clock.now()).message, HasSubstr("has not answered since 20"));
  // Now that it is known, nobody waits for it: this would take an hour.
  lanes->check_all(std::chrono::hours(1), never);
  EXPECT_TRUE(cas.health(kTestCa, clock.now()).healthy);
  stop_soon();
  silent->answer();
}

TEST_F(CaLanesTest, AFreshCheckTellsWhatTheCaSaysNow) {
  open(true);
  EXPECT_TRUE(lanes->check(kTestCa, std::chrono::seconds(10), never).ok());
  EXPECT_EQ(lanes->check("nobody", Duration(0), never).error().code(),
            error_code(core::CoreErrc::ca_silent));
  stop_soon();
}

TEST_F(CaLanesTest, TheHurryCutsShortWhatObeysIt) {
  open(true);
  insert_silent("s1");
  ASSERT_TRUE(silent->wait_for_calls(2));
  stopping.request_stop();
  EXPECT_EQ(store.row("s1").record.state, core::JobState::running) << "a batch goes on";
  hurrying.request_stop();
  EXPECT_TRUE(lanes->join(hurrying.token(), std::chrono::seconds(10)));
  EXPECT_EQ(store.row("s1").record.state, core::JobState::queued);
}

TEST_F(CaLanesTest, ACallThatIgnoresTheHurryIsLeftBehind) {
  open(false);
  insert_silent("s1");
  ASSERT_TRUE(silent->wait_for_calls(2));
  stop_soon();
  EXPECT_FALSE(lanes->join(hurrying.token(), Duration(20)));
  EXPECT_EQ(store.row("s1").record.state, core::JobState::running);
  silent->answer();
  EXPECT_TRUE(lanes->join(hurrying.token(), std::chrono::seconds(10)));
  EXPECT_EQ(store.row("s1").record.state, core::JobState::queued);
}

}  // namespace
}  // namespace certconnector::jobs
