#include "agent/upstream/poller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "agent/core/failure_codes.h"
#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"

namespace certconnector::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::issue_job;
using testing::kTestCa;
using testing::leased;
using ::testing::SizeIs;

class PollerTest : public testing::CoreFixture {
 protected:
  Duration poll() { return poller.step(never); }
  void deliver(std::vector<core::NewJob> jobs) {
    endpoint.leases.emplace_back(core::LeasedJobs{std::move(jobs), 0});
  }
};

TEST_F(PollerTest, StoresBeforeItAcknowledges) {
  deliver({leased(issue_job("a"), clock), leased(issue_job("b"), clock)});
  endpoint.on_acknowledge = [this](const std::vector<core::LeaseClaim>& claims) {
    EXPECT_EQ(store.size(), 2U);
    return Result<std::vector<core::LeaseStanding>>(endpoint.held(claims.size()));
  };
  EXPECT_EQ(poll(), Duration(0));
  ASSERT_THAT(endpoint.acknowledged, SizeIs(1));
  EXPECT_THAT(endpoint.acknowledged[0], SizeIs(2));
  EXPECT_EQ(store.calls("insert"), 1);
  EXPECT_THAT(crash_points.points, ElementsAre(core::CrashPoint::leased, core::CrashPoint::stored,
                                               core::CrashPoint::lease_acknowledged));
  EXPECT_EQ(endpoint.lease_queries[0].cas, std::vector<core::CaFingerprint>{kTestCa});
}

TEST_F(PollerTest, AcknowledgesNothingThatItCouldNotStore) {
  deliver({leased(issue_job("a"), clock)});
  store.fail_writes(store.disk_full());
  EXPECT_EQ(poll(), runtime::kIdle);
  EXPECT_THAT(endpoint.acknowledged, IsEmpty());
  EXPECT_EQ(operating_mode.state(), jobs::OperatingState::storage_full);
  // It leases nothing until the store can write again, and says so once.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(poll(), runtime::kIdle);
    clock.advance(std::chrono::seconds(30));
    static_cast<void>(storage.step(never));
  }
  EXPECT_THAT(endpoint.lease_queries, SizeIs(1));
  EXPECT_EQ(logger.count("storage.failed"), 1U);
  store.fail_writes(std::nullopt);
  clock.advance(std::chrono::seconds(30));
  static_cast<void>(storage.step(never));
  EXPECT_EQ(logger.count("storage.works"), 1U);
  deliver({leased(issue_job("a"), clock, 2)});
  poll();
  EXPECT_EQ(store.size(), 1U);
}

TEST_F(PollerTest, TakesAJobSeenTwiceAsOne) {
  deliver({leased(issue_job("a"), clock)});
  deliver({leased(issue_job("a"), clock, 2), leased(issue_job("a"), clock, 2)});
  poll();
  poll();
  EXPECT_EQ(store.size(), 1U);
  EXPECT_EQ(store.row("a").record.lease->number, 2U);
}

TEST_F(PollerTest, DoesNotTakeAnotherJobUnderTheSameId) {
  deliver({leased(issue_job("a"), clock)});
  poll();
  core::Job other = issue_job("a");
  other.key.digest[0] ^= 1U;
  deliver({leased(other, clock, 2)});
  poll();
  EXPECT_EQ(store.size(), 1U);
  EXPECT_THAT(endpoint.acknowledged, SizeIs(1));
  EXPECT_EQ(logger.count("job.conflict"), 1U);
}

TEST_F(PollerTest, StoresRefusedJobsToBeReported) {
  core::NewJob bad = leased(issue_job("bad"), clock);
  bad.rejection = core::failed(core::failure::kBadJob, "deadline: not a time");
  deliver({bad, leased(issue_job("good"), clock)});
  Wakeup reporter_loop;
  intake.to_report().add(reporter_loop);
  poll();
  EXPECT_TRUE(reporter_loop.wait(Duration(0), never));
  EXPECT_EQ(store.row("bad").record.state, core::JobState::failed);
  EXPECT_EQ(store.row("good").record.state, core::JobState::queued);
}

TEST_F(PollerTest, RepeatsAnAcknowledgementThatDidNotGetThrough) {
  deliver({leased(issue_job("a"), clock)});
  endpoint.on_acknowledge = [](const std::vector<core::LeaseClaim>&) {
    return Result<std::vector<core::LeaseStanding>>(testing::FakeEndpoint::unreachable());
  };
  const Duration wait = poll();
  EXPECT_GT(wait, Duration(0));
  EXPECT_EQ(poll(), wait);  // a notification in between does not shorten the backoff
  EXPECT_THAT(endpoint.acknowledged, SizeIs(1));
  endpoint.on_acknowledge = nullptr;
  clock.advance(wait);
  poll();
  EXPECT_THAT(endpoint.acknowledged, SizeIs(2));
  EXPECT_THAT(endpoint.lease_queries, SizeIs(2));
}

TEST_F(PollerTest, GivesUpAJobThatIsAnothersByNow) {
  deliver({leased(issue_job("a"), clock), leased(issue_job("b"), clock)});
  endpoint.on_acknowledge = [this](const std::vector<core::LeaseClaim>&) {
    auto standings = endpoint.held(2);
    standings[0].held = false;
    return Result<std::vector<core::LeaseStanding>>(standings);
  };
  poll();
  EXPECT_EQ(store.row("a").record.state, core::JobState::canceled);
  EXPECT_EQ(store.row("b").record.state, core::JobState::queued);
}

TEST_F(PollerTest, TakesACanceledJobAgainWhenItIsLeasedAgain) {
  deliver({leased(issue_job("a"), clock)});
  poll();
  ASSERT_TRUE(store.lose_leases({store.row("a").record.ticket}, clock.now()).ok());
  deliver({leased(issue_job("a"), clock, 3)});
  poll();
  work();
  EXPECT_EQ(store.row("a").record.state, core::JobState::succeeded);
}

struct ClosedCase {
  const char* name;
  std::function<void(jobs::OperatingMode&)> close;
};

TEST_F(PollerTest, LeasesOnlyWhileTheOperatingStateAllows) {
  const ClosedCase cases[] = {
      {"paused", [](jobs::OperatingMode& g) { g.pause(); }},
      {"draining", [](jobs::OperatingMode& g) { g.drain(); }},
      {"storage_full",
       [](jobs::OperatingMode& g) { g.storage_failed(testing::FakeJobStore::disk_full()); }},
      {"not_enrolled", [](jobs::OperatingMode& g) { g.set_enrolled(false); }}};
  for (const ClosedCase& c : cases) {
    c.close(operating_mode);
    EXPECT_EQ(to_string(operating_mode.state()), c.name);
    EXPECT_EQ(poll(), runtime::kIdle) << c.name;
    operating_mode.resume();
    operating_mode.storage_works();
    operating_mode.set_enrolled(true);
  }
  EXPECT_THAT(endpoint.lease_queries, IsEmpty());
  poll();
  EXPECT_THAT(endpoint.lease_queries, SizeIs(1));
}

TEST_F(PollerTest, GivesUpNoJobOfAnotherCloud) {
  core::Job same_id = issue_job("a");
  same_id.key.instance = "other";
  insert(same_id);  // its lease has the same number as well
  deliver({leased(issue_job("a"), clock)});
  endpoint.on_acknowledge = [](const std::vector<core::LeaseClaim>& claims) {
    return Result<std::vector<core::LeaseStanding>>(
        std::vector<core::LeaseStanding>(claims.size()));
  };
  poll();
  EXPECT_EQ(store.find(issue_job("a").key).value()->state, core::JobState::canceled);
  EXPECT_EQ(store.find(same_id.key).value()->state, core::JobState::queued);
}

TEST_F(PollerTest, LeasesNoMoreThanThereIsRoomFor) {
  Poller small(session, store, scheduler, cas, intake,
               {100, 5, std::chrono::seconds(30), std::chrono::minutes(5)});
  for (const char* id : {"a", "b", "c"}) insert(issue_job(id));
  static_cast<void>(small.step(never));
  EXPECT_EQ(endpoint.lease_queries.back().max_jobs, 2U);
  for (const char* id : {"d", "e"}) insert(issue_job(id));
  EXPECT_GT(small.step(never), Duration(0));
  EXPECT_THAT(endpoint.lease_queries, SizeIs(1));
}

TEST_F(PollerTest, AsksOnlyForCasThatWork) {
  ca->check_failure = testing::FakeEndpoint::unreachable();
  static_cast<void>(health_check.step(never));
  EXPECT_GT(poll(), Duration(0));
  EXPECT_THAT(endpoint.lease_queries, IsEmpty());
  ca->check_failure.reset();
  Wakeup poller_loop;
  cas.changed().add(poller_loop);
  static_cast<void>(health_check.step(never));
  EXPECT_TRUE(poller_loop.wait(Duration(0), never));
  poll();
  EXPECT_THAT(endpoint.lease_queries, SizeIs(1));
}

TEST_F(PollerTest, DoesNotLeaseForACaWhoseBreakerIsOpen) {
  insert(issue_job("a"));
  ca->on_submit = [](const core::Submission&) {
    return core::SubmitAnswer(core::CaUnavailable{"busy", std::chrono::minutes(10)});
  };
  work();
  EXPECT_GT(poll(), Duration(0));
  EXPECT_THAT(endpoint.lease_queries, IsEmpty());
  clock.advance(std::chrono::minutes(10));
  poll();
  EXPECT_THAT(endpoint.lease_queries, SizeIs(1));
}

struct EndpointErrorCase {
  const char* name;
  Error error;
  Duration at_least;
  core::HealthLevel level;
};

TEST_F(PollerTest, BacksOffFromAnEndpointThatFails) {
  const EndpointErrorCase cases[] = {
      {"unreachable", testing::FakeEndpoint::unreachable(), Duration(2000),
       core::HealthLevel::degraded},
      {"busy", testing::FakeEndpoint::unreachable().with_retry_after(std::chrono::seconds(90)),
       std::chrono::seconds(90), core::HealthLevel::degraded},
      {"denied", testing::FakeEndpoint::denied(), Duration(2000), core::HealthLevel::down},
      {"protocol", testing::FakeEndpoint::protocol(), Duration(2000), core::HealthLevel::degraded}};
  for (const EndpointErrorCase& c : cases) {
    endpoint.leases.emplace_back(c.error);
    const Duration wait = poll();
    EXPECT_GE(wait, c.at_least) << c.name;
    EXPECT_EQ(health.finding().level(), c.level) << c.name;
    EXPECT_FALSE(health.finding().remedy.empty()) << c.name;
    clock.advance(wait);
    poll();
    EXPECT_EQ(health.finding().level(), core::HealthLevel::ok) << c.name;
  }
}

TEST_F(PollerTest, IsInterruptedWhenTheCasChange) {
  endpoint.leases.emplace_back(testing::FakeEndpoint::unreachable());
  endpoint.while_polling = [this](const core::LeaseQuery&, const StopToken& stop) {
    EXPECT_FALSE(stop.stop_requested());
    poller.interrupt();
    EXPECT_TRUE(stop.stop_requested());
  };
  EXPECT_EQ(poll(), Duration(0));  // no failure, no backoff
  EXPECT_EQ(health.finding().level(), core::HealthLevel::ok);
}

TEST_F(PollerTest, EndsItsLongPollWhenTheAgentStops) {
  StopSource agent;
  endpoint.leases.emplace_back(testing::FakeEndpoint::unreachable());
  endpoint.while_polling = [&](const core::LeaseQuery&, const StopToken& stop) {
    agent.request_stop();
    EXPECT_TRUE(stop.stop_requested());
  };
  EXPECT_EQ(poller.step(agent.token()), runtime::kIdle);
  EXPECT_EQ(logger.count("endpoint.failed"), 0U);
}

TEST_F(PollerTest, CountsJobsThatCannotEvenBeRefused) {
  endpoint.leases.emplace_back(core::LeasedJobs{{}, 2});
  poll();
  EXPECT_EQ(logger.count("lease.unreadable"), 1U);
}

}  // namespace
}  // namespace certconnector::upstream
