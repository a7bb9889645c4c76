#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "agent/upstream/lease_keeper.h"
#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"

namespace certconnector::upstream {
namespace {

using ::testing::IsEmpty;
using testing::issue_job;
using testing::kTestCa;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using Standings = std::vector<core::LeaseStanding>;

class LeaseTest : public testing::CoreFixture {
 protected:
  void lose_everything() {
    endpoint.on_extend = [](const std::vector<core::LeaseClaim>& claims) {
      return Result<Standings>(Standings(claims.size()));
    };
  }
  void be_unreachable() {
    endpoint.on_extend = [](const std::vector<core::LeaseClaim>&) {
      return Result<Standings>(testing::FakeEndpoint::unreachable());
    };
  }
  // Of a CA that the agent does not serve (any more).
  void insert_unserved(core::Job job) {
    job.ca = std::string(64, 'b');
    insert(std::move(job));
  }
  core::JobState state(const std::string& id) { return store.row(id).record.state; }

  LeaseKeeper keeper{session, store, cas, {}};
};

TEST_F(LeaseTest, AFreshLeaseIsNotAskedFor) {
  insert(issue_job("j"));
  work();
  EXPECT_THAT(endpoint.extended, IsEmpty());
}

TEST_F(LeaseTest, ALeaseThatEndsSoonIsExtendedBeforeTheCaIsCalled) {
  insert(issue_job("j"));
  clock.advance(std::chrono::minutes(5) - std::chrono::seconds(10));
  work();
  EXPECT_THAT(endpoint.extended, SizeIs(1));
  EXPECT_EQ(state("j"), core::JobState::succeeded);
  EXPECT_GT(store.row("j").record.lease->until, clock.now() + std::chrono::minutes(4));
}

TEST_F(LeaseTest, AJobThatIsAnothersIsNotSubmitted) {
  insert(issue_job("j"));
  clock.advance(std::chrono::minutes(6));
  lose_everything();
  work();
  EXPECT_EQ(state("j"), core::JobState::canceled);
  EXPECT_EQ(ca->certificates(), 0U);
  EXPECT_TRUE(store.unreported({}, 10)->empty());
}

struct UnreachableCase {
  Duration age;  // of the lease of five minutes
  core::JobState state;
};

TEST_F(LeaseTest, WithoutTheEndpointOnlyALeaseThatStillHoldsCounts) {
  be_unreachable();
  const UnreachableCase cases[] = {{std::chrono::seconds(290), core::JobState::succeeded},
                                   {std::chrono::seconds(300), core::JobState::queued},
                                   {std::chrono::seconds(900), core::JobState::queued}};
  int number = 0;
  for (const UnreachableCase& c : cases) {
    const std::string id = "j" + std::to_string(number++);
    insert(issue_job(id));
    clock.advance(c.age);
    work();
    EXPECT_EQ(state(id), c.state) << c.age.count();
  }
  EXPECT_EQ(store.row("j2").record.attempts, 0);  // the CA was not called
  EXPECT_EQ(store.row("j2").record.last_code, "endpoint_unreachable");
}

TEST_F(LeaseTest, JumpsOfTheWallClockEndNoLease) {
  insert(issue_job("j"));
  clock.jump_wall(std::chrono::hours(24 * 365));
  work();
  EXPECT_EQ(state("j"), core::JobState::succeeded);
  EXPECT_THAT(endpoint.extended, IsEmpty());
}

TEST_F(LeaseTest, TheKeeperExtendsWhatIsHalfOver) {
  insert(issue_job("j"));
  EXPECT_EQ(keeper.step(never), std::chrono::seconds(75));
  EXPECT_THAT(endpoint.extended, IsEmpty());
  clock.advance(std::chrono::seconds(151));
  EXPECT_EQ(keeper.step(never), std::chrono::seconds(75));
  EXPECT_THAT(endpoint.extended, SizeIs(1));
  EXPECT_EQ(store.row("j").record.lease->until, clock.now() + std::chrono::minutes(5));
}

TEST_F(LeaseTest, TheKeeperLetsJobsOfACaThatIsNotServedGo) {
  for (int i = 0; i < 600; ++i) insert_unserved(issue_job("unserved" + std::to_string(i)));
  insert(issue_job("served"));
  clock.advance(std::chrono::minutes(4));
  static_cast<void>(keeper.step(never));
  ASSERT_THAT(endpoint.extended, SizeIs(1));
  ASSERT_THAT(endpoint.extended[0], SizeIs(1));
  EXPECT_EQ(endpoint.extended[0][0].id, "served");
}

TEST_F(LeaseTest, TheKeeperKeepsWhatACaThatIsNotServedMayHaveTaken) {
  for (const char* id : {"running", "interrupted", "held", "pending", "untouched"}) {
    insert_unserved(issue_job(id));
  }
  const auto ticket = [&](const std::string& id) { return store.row(id).record.ticket; };
  ASSERT_TRUE(store.claim({std::string(64, 'b'), 10, "me", clock.now(), clock.now()}).ok());
  core::RetryLater again;
  again.due = clock.now();
  core::RetryLater ask_first = again;
  ask_first.ask_ca_first = true;
  ASSERT_TRUE(store
                  .settle({{ticket("interrupted"), ask_first},
                           {ticket("held"), core::Hold{"in doubt"}},
                           {ticket("pending"), core::WaitForCa{"42", clock.now()}},
                           {ticket("untouched"), again}},
                          "me", clock.now())
                  .ok());
  clock.advance(std::chrono::minutes(4));
  static_cast<void>(keeper.step(never));
  ASSERT_THAT(endpoint.extended, SizeIs(1));
  std::vector<std::string> ids;
  for (const core::LeaseClaim& claim : endpoint.extended[0]) ids.push_back(claim.id);
  EXPECT_THAT(ids, UnorderedElementsAre("running", "interrupted", "held", "pending"));
}

TEST_F(LeaseTest, TheKeeperGivesUpWhatIsLostAndKeepsTheRest) {
  insert(issue_job("lost"));
  insert(issue_job("kept"));
  clock.advance(std::chrono::minutes(4));
  endpoint.on_extend = [this](const std::vector<core::LeaseClaim>& claims) {
    auto standings = endpoint.held(claims.size());
    for (std::size_t i = 0; i < claims.size(); ++i) standings[i].held = claims[i].id == "kept";
    return Result<Standings>(standings);
  };
  static_cast<void>(keeper.step(never));
  EXPECT_EQ(state("lost"), core::JobState::canceled);
  EXPECT_EQ(state("kept"), core::JobState::queued);
}

TEST_F(LeaseTest, TheKeeperLeavesRunningJobsToTheirRunner) {
  insert(issue_job("j"));
  ASSERT_TRUE(scheduler.take(testing::kTestCa, clock.now()).batch.has_value());
  clock.advance(std::chrono::minutes(6));
  lose_everything();
  EXPECT_GT(keeper.step(never), Duration(0));
  EXPECT_EQ(state("j"), core::JobState::running);
  EXPECT_THAT(endpoint.extended, SizeIs(1));  // no tight loop
}

TEST_F(LeaseTest, TheKeeperBacksOff) {
  insert(issue_job("j"));
  clock.advance(std::chrono::minutes(4));
  be_unreachable();
  const Duration wait = keeper.step(never);
  EXPECT_EQ(wait, Duration(2000));
  EXPECT_EQ(keeper.step(never), wait);
  EXPECT_THAT(endpoint.extended, SizeIs(1));
}

TEST_F(LeaseTest, TheKeeperDoesNotAskAgainAtOnceWhenItCannotNoteTheAnswer) {
  insert(issue_job("j"));
  clock.advance(std::chrono::minutes(4));
  store.fail_writes(Error(core::CoreErrc::bad_answer, ErrorKind::permanent, "not like that"));
  const Duration wait = keeper.step(never);
  EXPECT_EQ(wait, Duration(2000));
  EXPECT_EQ(keeper.step(never), wait);  // a notification does not shorten it
  EXPECT_THAT(endpoint.extended, SizeIs(1));
}

TEST_F(LeaseTest, TheKeeperTakesManyInSeveralCalls) {
  std::vector<core::NewJob> jobs;
  for (int i = 0; i < 1200; ++i) {
    jobs.push_back(testing::leased(issue_job("j" + std::to_string(i)), clock));
  }
  ASSERT_TRUE(store.insert(jobs, clock.now()).ok());
  clock.advance(std::chrono::minutes(4));
  static_cast<void>(keeper.step(never));
  EXPECT_THAT(endpoint.extended, SizeIs(3));
  EXPECT_THAT(endpoint.extended[2], SizeIs(200));
}

}  // namespace
}  // namespace certconnector::upstream
