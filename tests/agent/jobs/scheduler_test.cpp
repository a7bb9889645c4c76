#include "agent/jobs/scheduler.h"

#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"

namespace certconnector::jobs {
namespace {

using testing::issue_job;
using testing::kTestCa;
using testing::leased;
using testing::revoke_job;

class SchedulerTest : public testing::CoreFixture {
 protected:
  void insert_many(int count, const std::string& prefix = "j") {
    std::vector<core::NewJob> jobs;
    for (int i = 0; i < count; ++i) {
      jobs.push_back(leased(issue_job(prefix + std::to_string(i)), clock));
    }
    ASSERT_TRUE(store.insert(jobs, clock.now()).ok());
    scheduler.ready(kTestCa, static_cast<std::size_t>(count));
  }
  Take take(const core::CaFingerprint& of = kTestCa) { return scheduler.take(of, clock.now()); }
};

TEST_F(SchedulerTest, WaitsWithoutEndWhenThereIsNothing) {
  EXPECT_EQ(take().look_again, runtime::kIdle);
  EXPECT_EQ(store.calls("claim"), 1);
  EXPECT_EQ(store.calls("next_due"), 1);
  // And asks the store nothing more until something happens.
  for (int i = 0; i < 10; ++i) EXPECT_EQ(take().look_again, runtime::kIdle);
  EXPECT_EQ(store.calls("claim"), 1);
  EXPECT_EQ(store.calls("next_due"), 1);
}

TEST_F(SchedulerTest, HandsOutRevocationsFirst) {
  insert(issue_job("issue"));
  insert(revoke_job("revoke"));
  const Take taken = take();
  ASSERT_TRUE(taken.batch.has_value());
  ASSERT_EQ(taken.batch->jobs.size(), 2U);
  EXPECT_EQ(taken.batch->jobs[0].job.key.id, "revoke");
}

TEST_F(SchedulerTest, SharesAnnouncedJobsBetweenTheWorkers) {
  static_cast<void>(take());  // learns of the CA
  insert_many(38);
  EXPECT_EQ(take().batch->jobs.size(), 19U);
  EXPECT_EQ(take().batch->jobs.size(), 19U);
}

TEST_F(SchedulerTest, GivesFullBatchesWhenThereIsEnough) {
  static_cast<void>(take());
  insert_many(120);
  const Take first = take();
  EXPECT_EQ(first.batch->jobs.size(), 50U);
  EXPECT_EQ(take().batch->jobs.size(), 50U);
  scheduler.finished(*first.batch, {CaSignal::works, {}, {}}, clock.now());
  EXPECT_EQ(take().batch->jobs.size(), 20U);
}

TEST_F(SchedulerTest, DoesNotDivideAHandfulOfJobs) {
  static_cast<void>(take());
  insert_many(6);
  EXPECT_EQ(take().batch->jobs.size(), 6U);
}

TEST_F(SchedulerTest, KeepsToTheConcurrencyLimit) {
  insert_many(200);
  const Take one = take();
  const Take two = take();
  ASSERT_TRUE(one.batch && two.batch);
  EXPECT_FALSE(take().batch.has_value());
  EXPECT_EQ(scheduler.lane(kTestCa, clock.now()).running, 2U);
  scheduler.finished(*one.batch, {CaSignal::works, {}, {}}, clock.now());
  EXPECT_TRUE(take().batch.has_value());
}

TEST_F(SchedulerTest, WaitsUntilTheNextJobIsDue) {
  insert(issue_job("j"));
  const Take taken = take();
  core::RetryLater later;
  later.due = clock.now() + std::chrono::seconds(7);
  ASSERT_TRUE(store.settle({{taken.batch->jobs[0].ticket, later}}, "me", clock.now()).ok());
  scheduler.finished(*taken.batch, {CaSignal::works, {}, later.due}, clock.now());
  EXPECT_EQ(take().look_again, std::chrono::seconds(7));
  clock.advance(std::chrono::seconds(7));
  EXPECT_TRUE(take().batch.has_value());
}

// The other worker has asked the store while the job ran, and reads the answer after it went back.
TEST_F(SchedulerTest, ADueTimeOfThisMomentIsNotLostToAnOlderAnswer) {
  insert(issue_job("j"));
  const Take taken = take();
  core::RetryLater later;
  later.due = clock.now() + std::chrono::seconds(7);
  store.after_next_due = [&] {
    ASSERT_TRUE(store.settle({{taken.batch->jobs[0].ticket, later}}, "me", clock.now()).ok());
    scheduler.finished(*taken.batch, {CaSignal::works, {}, later.due}, clock.now());
  };
  EXPECT_LE(take().look_again, std::chrono::seconds(7));
}

TEST_F(SchedulerTest, AWallClockThatJumpsChangesNothing) {
  insert(issue_job("j"));
  const Take taken = take();
  core::RetryLater later;
  later.due = clock.now() + std::chrono::seconds(7);
  ASSERT_TRUE(store.settle({{taken.batch->jobs[0].ticket, later}}, "me", clock.now()).ok());
  scheduler.finished(*taken.batch, {CaSignal::works, {}, later.due}, clock.now());
  for (const auto jump : {std::chrono::hours(24 * 365), std::chrono::hours(-24 * 730)}) {
    clock.jump_wall(jump);
    EXPECT_EQ(take().look_again, std::chrono::seconds(7));
  }
}

TEST_F(SchedulerTest, AGoodTestOfTheCaEndsTheWait) {
  insert_many(30);
  const Take taken = take();
  ASSERT_TRUE(taken.batch.has_value());
  scheduler.finished(*taken.batch, {CaSignal::unavailable, std::chrono::minutes(2), {}, "no luck"},
                     clock.now());
  EXPECT_FALSE(take().batch.has_value());
  EXPECT_FALSE(scheduler.accepts(kTestCa, clock.now()));
  scheduler.tested(kTestCa);
  EXPECT_TRUE(scheduler.accepts(kTestCa, clock.now()));
  EXPECT_EQ(scheduler.lane(kTestCa, clock.now()).failure, "");
  insert_many(30, "more-");
  EXPECT_TRUE(take().batch.has_value());
}

TEST_F(SchedulerTest, TellsItsSuccessorOfEachBatchThatEnds) {
  insert_many(1);
  const Take taken = take();
  ASSERT_TRUE(taken.batch.has_value());
  int told = 0;
  scheduler.hand_over([&] { ++told; });
  EXPECT_EQ(told, 0);
  scheduler.finished(*taken.batch, {CaSignal::works, {}, {}}, clock.now());
  EXPECT_EQ(told, 1);
}

TEST_F(SchedulerTest, RemembersAnEarlierFailureUntilTheCaWorks) {
  insert_many(1);
  scheduler.remember(kTestCa, "connection refused");
  EXPECT_EQ(scheduler.lane(kTestCa, clock.now()).failure, "connection refused");
  const Take taken = take();
  ASSERT_TRUE(taken.batch.has_value()) << "it is tried all the same";
  scheduler.finished(*taken.batch, {CaSignal::works, {}, {}}, clock.now());
  EXPECT_EQ(scheduler.lane(kTestCa, clock.now()).failure, "");
}

TEST_F(SchedulerTest, OpensTheBreakerAndProbesWithOneJob) {
  insert_many(100);
  for (int i = 0; i < 5; ++i) {
    const Take taken = take();
    ASSERT_TRUE(taken.batch.has_value());
    const LaneChange change = scheduler.finished(
        *taken.batch, {CaSignal::unavailable, {}, {}, "connection refused"}, clock.now());
    EXPECT_EQ(change, i == 4 ? LaneChange::left_alone : LaneChange::none) << i;
    insert_many(60, "more" + std::to_string(i) + "-");
  }
  EXPECT_EQ(scheduler.lane(kTestCa, clock.now()).failure, "connection refused");
  EXPECT_FALSE(scheduler.accepts(kTestCa, clock.now()));
  EXPECT_EQ(take().look_again, std::chrono::seconds(30));
  clock.advance(std::chrono::seconds(30));
  EXPECT_TRUE(scheduler.accepts(kTestCa, clock.now()));
  const Take probe = take();
  ASSERT_TRUE(probe.batch.has_value());
  EXPECT_EQ(probe.batch->jobs.size(), 1U);
  EXPECT_FALSE(take().batch.has_value());  // one probe at a time
  EXPECT_EQ(scheduler.finished(*probe.batch, {CaSignal::works, {}, {}}, clock.now()),
            LaneChange::works_again);
  EXPECT_EQ(scheduler.lane(kTestCa, clock.now()).failure, "");
  EXPECT_GT(take().batch->jobs.size(), 1U);
}

TEST_F(SchedulerTest, ABatchThatNeverReachedTheCaFreesTheProbe) {
  insert_many(30);
  const Take taken = take();
  scheduler.finished(*taken.batch, {CaSignal::unavailable, std::chrono::minutes(2), {}},
                     clock.now());
  insert_many(30, "more");
  EXPECT_EQ(take().look_again, std::chrono::minutes(2));
  clock.advance(std::chrono::minutes(2));
  const Take probe = take();
  scheduler.finished(*probe.batch, {CaSignal::not_called, {}, {}}, clock.now());
  EXPECT_TRUE(take().batch.has_value());
}

TEST_F(SchedulerTest, IsStoppedByAPauseAndNotByADrain) {
  insert(issue_job("j"));
  operating_mode.pause();
  EXPECT_FALSE(take().batch.has_value());
  EXPECT_EQ(take().look_again, runtime::kIdle);
  operating_mode.resume();
  operating_mode.drain();
  EXPECT_TRUE(take().batch.has_value());
}

TEST_F(SchedulerTest, ClaimsNothingWhileTheStoreCannotWrite) {
  insert(issue_job("j"));
  store.fail_writes(store.disk_full());
  EXPECT_FALSE(take().batch.has_value());
  EXPECT_EQ(operating_mode.state(), OperatingState::storage_full);
  EXPECT_EQ(take().look_again, runtime::kIdle);
  EXPECT_EQ(store.calls("claim"), 1);
  store.fail_writes(std::nullopt);
  clock.advance(std::chrono::seconds(5));
  static_cast<void>(storage.step(never));
  EXPECT_TRUE(take().batch.has_value());
}

TEST_F(SchedulerTest, ServesACaThatIsAddedLater) {
  const std::string other(64, 'b');
  core::Job job = issue_job("j");
  job.ca = other;
  insert(job);
  EXPECT_FALSE(take(other).batch.has_value());
  core::CaPorts ports;
  ports.ca = std::make_shared<testing::FakeCa>(other);
  cas.add(ports);
  const Take taken = take(other);
  ASSERT_TRUE(taken.batch.has_value());
  EXPECT_EQ(taken.batch->handle->description.fingerprint, other);
}

TEST_F(SchedulerTest, ServesACaWhateverHoldsUpAnother) {
  const std::string other(64, 'b');
  core::CaPorts ports;
  ports.ca = std::make_shared<testing::FakeCa>(other);
  ports.batch = 2;
  cas.add(ports);
  insert_many(100);
  for (int i = 0; i < 4; ++i) {
    core::Job job = issue_job("b" + std::to_string(i));
    job.ca = other;
    insert(job);
  }
  ASSERT_TRUE(take().batch && take().batch);
  EXPECT_FALSE(take().batch) << "both its calls are under way";
  for (int i = 0; i < 2; ++i) {
    const Take taken = take(other);
    ASSERT_TRUE(taken.batch);
    EXPECT_EQ(taken.batch->handle->description.fingerprint, other);
    EXPECT_EQ(taken.batch->jobs.size(), 2U);
  }
}

TEST_F(SchedulerTest, DoesNotAskInATightLoopAfterAnErrorOfTheStore) {
  insert(issue_job("j"));
  store.fail_writes(Error(core::CoreErrc::bad_answer, ErrorKind::permanent, "no such table"));
  EXPECT_GE(take().look_again, std::chrono::seconds(1));
  EXPECT_EQ(store.calls("claim"), 1);
}

}  // namespace
}  // namespace certconnector::jobs
