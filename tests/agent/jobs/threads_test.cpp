// The threaded parts with real threads: meant to be run under ThreadSanitizer as well.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <set>

#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"

namespace certconnector::jobs {
namespace {

using testing::issue_job;
using testing::kTestCa;
using testing::leased;
using testing::revoke_job;

// Waits for a condition that other threads make true and signal.
class Condition {
 public:
  explicit Condition(runtime::Signal& signal) : signal_(signal) { signal_.add(wakeup_); }
  ~Condition() { signal_.remove(wakeup_); }
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  template <typename Predicate>
  bool wait(Predicate holds) {
    for (int i = 0; i < 600 && !holds(); ++i) wakeup_.wait(Duration(100), StopToken());
    return holds();
  }

 private:
  runtime::Signal& signal_;
  Wakeup wakeup_;
};

TEST(LoopThread, RunsItsStepWhenItIsDueAndWhenNotified) {
  const testing::FakeClock clock;
  log::NullLogger logger;
  runtime::Signal stepped;
  Condition condition(stepped);
  std::atomic<int> steps{0};
  const auto step = [&](const StopToken&) {
    // Due at once again after the first one.
    const Duration wait = ++steps == 1 ? Duration(0) : runtime::kIdle;
    stepped.notify();
    return wait;
  };
  runtime::LoopThread loop("test", step, clock, logger);
  StopSource stop;
  loop.start(stop.token());
  ASSERT_TRUE(condition.wait([&] { return steps == 2; }));
  loop.wakeup().notify();
  ASSERT_TRUE(condition.wait([&] { return steps == 3; }));
  stop.request_stop();
  loop.join();
  EXPECT_EQ(steps, 3);
}

TEST(LoopThread, EndsAfterTheStepInWhichItIsStopped) {
  const testing::FakeClock clock;
  log::NullLogger logger;
  StopSource stop;
  std::atomic<int> steps{0};
  const auto step = [&](const StopToken&) {
    ++steps;
    stop.request_stop();
    return Duration(0);
  };
  runtime::LoopThread loop("test", step, clock, logger);
  loop.start(stop.token());
  loop.join();
  EXPECT_EQ(steps, 1);
}

class ThreadsTest : public testing::CoreFixture {
 protected:
  static constexpr int kJobs = 2000;

  std::vector<core::NewJob> some_jobs(int from, int count) {
    std::vector<core::NewJob> jobs;
    for (int i = from; i < from + count; ++i) {
      const std::string id = "j" + std::to_string(i);
      jobs.push_back(leased(i % 10 == 0 ? revoke_job(id) : issue_job(id), clock));
    }
    return jobs;
  }

  SystemClock real_clock;
  std::atomic<int> polls{0};
};

TEST_F(ThreadsTest, SeveralWorkersDoEveryJobOnce) {
  log::NullLogger quiet;
  core::NoCrashPoints no_crash_points;
  Runner threaded(lease_check, outcome_writer, storage, {{}, clock, random},
                  {activity, no_crash_points, quiet});
  std::deque<Worker> workers;
  std::vector<std::unique_ptr<runtime::LoopThread>> loops;
  StopSource stop;
  for (int i = 0; i < 4; ++i) {
    Worker& one = workers.emplace_back(scheduler, threaded, clock, quiet, kTestCa);
    loops.push_back(std::make_unique<runtime::LoopThread>(
        "worker", [&one](const StopToken& s) { return one.step(s); }, real_clock, quiet));
    scheduler.work(kTestCa).add(loops.back()->wakeup());
    operating_mode.changed().add(loops.back()->wakeup());
  }
  for (auto& loop : loops) loop->start(stop.token());
  Condition settled(outcome_writer.settled());

  for (int from = 0; from < kJobs; from += 100) {
    ASSERT_TRUE(store.insert(some_jobs(from, 100), clock.now()).ok());
    scheduler.ready(kTestCa, 100);
    static_cast<void>(scheduler.lane(kTestCa, clock.now()));
    if (from == 1000) operating_mode.pause();
    if (from == 1500) operating_mode.resume();
  }
  EXPECT_TRUE(settled.wait([&] { return store.count(core::JobState::succeeded) == kJobs; }));
  stop.request_stop();
  loops.clear();
  EXPECT_EQ(ca->certificates(), static_cast<std::size_t>(kJobs - kJobs / 10));
  EXPECT_EQ(activity.counts().revoked, static_cast<std::uint64_t>(kJobs / 10));
}

TEST_F(ThreadsTest, TheWholePathRunsOnItsLoops) {
  log::NullLogger quiet;
  core::NoCrashPoints no_crash_points;
  for (int from = 0; from < 500; from += 50) {
    endpoint.leases.emplace_back(core::LeasedJobs{some_jobs(from, 50), 0});
  }
  // Without jobs it is a long poll: it ends with the stop.
  endpoint.while_polling = [this](const core::LeaseQuery&, const StopToken& stop) {
    if (polls++ < 10) return;
    Wakeup never_notified;
    never_notified.wait(std::chrono::minutes(1), stop);
  };
  upstream::EndpointHealth quiet_health(clock, quiet);
  const upstream::UpstreamSession quiet_session{session.share,  session.roles, quiet_health,
                                                operating_mode, storage,       no_crash_points,
                                                clock,          random,        quiet};
  Runner threaded(lease_check, outcome_writer, storage, {{}, clock, random},
                  {activity, no_crash_points, quiet});
  Worker one(scheduler, threaded, clock, quiet, kTestCa);
  Worker two(scheduler, threaded, clock, quiet, kTestCa);
  upstream::Poller polling(quiet_session, store, scheduler, cas, intake, {});
  upstream::Reporter reporting(quiet_session, store, intake, cas);
  runtime::Signal reported;
  Condition condition(reported);
  const auto loop = [&](runtime::Step step) {
    return std::make_unique<runtime::LoopThread>("loop", std::move(step), real_clock, quiet);
  };
  auto poll = loop([&](const StopToken& s) { return polling.step(s); });
  auto first = loop([&](const StopToken& s) { return one.step(s); });
  auto second = loop([&](const StopToken& s) { return two.step(s); });
  auto report = loop([&](const StopToken& s) {
    const Duration wait = reporting.step(s);
    reported.notify();
    return wait;
  });
  scheduler.work(kTestCa).add(first->wakeup());
  scheduler.work(kTestCa).add(second->wakeup());
  outcome_writer.settled().add(report->wakeup());
  StopSource stop;
  for (runtime::LoopThread* each : {poll.get(), first.get(), second.get(), report.get()}) {
    each->start(stop.token());
  }
  EXPECT_TRUE(condition.wait([&] { return store.count(core::JobState::reported) == 500; }));
  stop.request_stop();
  poll.reset();
  first.reset();
  second.reset();
  report.reset();
  std::set<std::string> ids;
  for (const auto& batch : endpoint.reported) {
    for (const core::Report& each : batch)
      EXPECT_TRUE(ids.insert(each.key.id).second) << each.key.id;
  }
  EXPECT_EQ(ids.size(), 500U);
}

}  // namespace
}  // namespace certconnector::jobs
