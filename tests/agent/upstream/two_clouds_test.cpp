// Two clouds that use the same job ids and lease numbers: their sessions do not touch each other's
// jobs. On every implementation of the job store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "agent/upstream/lease_keeper.h"
#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/core/stored_jobs.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::upstream {
namespace {

using ::testing::ElementsAre;
using testing::FakeEndpoint;
using ::testing::IsEmpty;
using testing::issue_job;
using testing::kTestCa;
using testing::leased;
using ::testing::SizeIs;

// One cloud with the loops of its session.
struct Cloud {
  Cloud(const UpstreamSession& common, core::CloudShare share, core::JobStore& store,
        jobs::Scheduler& scheduler, jobs::CaRegistry& cas, jobs::JobIntake& intake)
      : endpoint(common.clock),
        session(session_of(common, std::move(share), roles_of(endpoint))),
        poller(session, store, scheduler, cas, intake, {}),
        keeper(session, store, cas, {}),
        reporter(session, store, intake, cas) {}

  static UpstreamSession session_of(UpstreamSession session, core::CloudShare share,
                                    const CloudRoles& roles) {
    session.share = std::move(share);
    session.roles = roles;
    return session;
  }
  void lose_everything() {
    endpoint.on_acknowledge = endpoint.on_extend = [](const std::vector<core::LeaseClaim>& claims) {
      return Result<std::vector<core::LeaseStanding>>(
          std::vector<core::LeaseStanding>(claims.size()));
    };
  }

  FakeEndpoint endpoint;
  UpstreamSession session;
  Poller poller;
  LeaseKeeper keeper;
  Reporter reporter;
};

class TwoCloudsTest : public ::testing::TestWithParam<const char*> {
 protected:
  static constexpr const char* kJob = "job-1";  // in both clouds, under lease 1

  std::shared_ptr<core::JobStore> make_store() {
    if (GetParam() == std::string("fake")) return std::make_shared<testing::FakeJobStore>();
    const auto stores = std::make_shared<testing::OpenStores>(folder.file("agent.db"));
    return {stores, &stores->jobs};
  }
  static core::JobKey key_in(const std::string& cloud) {
    core::JobKey key = issue_job(kJob).key;
    key.instance = cloud;
    return key;
  }
  core::NewJob job_of(const std::string& cloud) {
    core::Job job = issue_job(kJob);
    job.key = key_in(cloud);
    return leased(std::move(job), clock);
  }
  void insert(const core::NewJob& job) {
    ASSERT_EQ(store->insert({job}, clock.now())->front(), core::InsertResult::inserted);
  }
  void insert_both() {
    insert(job_of("first"));
    insert(job_of("second"));
  }
  std::vector<core::ClaimedJob> claim_both() {
    return store->claim({kTestCa, 10, "me", clock.now(), clock.now() + std::chrono::minutes(10)})
        .value();
  }
  void finish_all() {
    for (const core::ClaimedJob& job : claim_both()) {
      core::Issued issued;
      issued.certificate.serial = {0x0A, static_cast<std::uint8_t>(job.ticket.value)};
      ASSERT_TRUE(store
                      ->settle({stored_jobs::settlement(job.ticket, core::Finish{issued})}, "me",
                               clock.now())
                      .ok());
    }
  }
  core::JobState state(const std::string& cloud) {
    return store->find(key_in(cloud)).value()->state;
  }
  // The session's reports of one step, as "instance id".
  static std::vector<std::string> report(Cloud& cloud) {
    cloud.endpoint.reported.clear();
    static_cast<void>(cloud.reporter.step({}));
    std::vector<std::string> all;
    for (const auto& batch : cloud.endpoint.reported) {
      for (const core::Report& one : batch) all.push_back(one.key.instance + " " + one.key.id);
    }
    return all;
  }

  testing::TempDirectory folder;
  testing::FakeClock clock;
  testing::FixedRandom random;
  testing::CapturingLogger logger;
  core::NoCrashPoints crash_points;
  jobs::OperatingMode operating_mode;
  jobs::CaRegistry cas;
  std::shared_ptr<core::JobStore> store = make_store();
  jobs::JobIntake intake{*store, clock};
  jobs::StorageGuard storage{*store, operating_mode, clock, random, logger, [](const Error&) {}};
  jobs::Scheduler scheduler{
      *store, cas, operating_mode, storage, {"me", 2, std::chrono::minutes(10), {}}};
  EndpointHealth health{clock, logger};
  UpstreamSession common{{},           {},    health, operating_mode, storage,
                         crash_points, clock, random, logger};
  Cloud first{common, {"first", true, {"second"}}, *store, scheduler, cas, intake};
  Cloud second{common, {"second", false, {"first"}}, *store, scheduler, cas, intake};

  TwoCloudsTest() {
    core::CaPorts ports;
    ports.ca = std::make_shared<testing::FakeCa>(kTestCa);
    cas.add(std::move(ports));
    operating_mode.set_enrolled(true);
  }
};

TEST_P(TwoCloudsTest, APollerGivesUpTheJobsOfItsOwnCloud) {
  insert(job_of("first"));
  second.endpoint.leases.emplace_back(core::LeasedJobs{{job_of("second")}, 0});
  second.lose_everything();
  EXPECT_EQ(second.poller.step({}), Duration(0));
  EXPECT_EQ(state("second"), core::JobState::canceled);
  EXPECT_EQ(state("first"), core::JobState::queued);
}

TEST_P(TwoCloudsTest, ALeaseKeeperAsksAfterTheJobsOfItsOwnCloud) {
  insert_both();
  clock.advance(std::chrono::minutes(4));
  second.lose_everything();
  static_cast<void>(second.keeper.step({}));
  ASSERT_THAT(second.endpoint.extended, SizeIs(1));
  EXPECT_THAT(second.endpoint.extended.front(), SizeIs(1));
  EXPECT_EQ(state("second"), core::JobState::canceled);
  EXPECT_EQ(state("first"), core::JobState::queued);
  static_cast<void>(first.keeper.step({}));
  ASSERT_THAT(first.endpoint.extended, SizeIs(1));
  EXPECT_EQ(store->find(key_in("first")).value()->lease->until,
            clock.now() + std::chrono::minutes(5));
}

TEST_P(TwoCloudsTest, AReporterEmptiesTheOutboxOfItsOwnCloud) {
  insert_both();
  finish_all();
  EXPECT_THAT(report(second), ElementsAre("second job-1"));
  EXPECT_THAT(report(second), IsEmpty());
  EXPECT_EQ(state("second"), core::JobState::reported);
  EXPECT_EQ(state("first"), core::JobState::succeeded);
  EXPECT_THAT(report(first), ElementsAre("first job-1"));
}

TEST_P(TwoCloudsTest, OneSessionReportsWhatNoCloudLeased) {
  core::NewJob of_a_device = job_of("phones");
  of_a_device.job.key.source = core::JobSource::scep;
  of_a_device.lease.reset();
  insert(of_a_device);
  insert(job_of("gone"));  // a cloud that the configuration names no more
  finish_all();
  EXPECT_THAT(report(second), IsEmpty());
  EXPECT_THAT(report(first), ElementsAre("phones job-1", "gone job-1"));
}

TEST_P(TwoCloudsTest, TheLeaseCheckAsksTheCloudThatLeasedTheJob) {
  insert_both();
  core::NewJob without_lease = job_of("phones");
  without_lease.job.key.source = core::JobSource::scep;
  without_lease.lease.reset();
  insert(without_lease);
  clock.advance(std::chrono::minutes(6));
  second.lose_everything();
  const auto claimed = claim_both();
  ASSERT_THAT(claimed, SizeIs(3));
  std::vector<const core::ClaimedJob*> jobs;
  for (const core::ClaimedJob& job : claimed) jobs.push_back(&job);
  LeaseCheck check({first.session, second.session}, *store, {});
  const auto verdicts = check.check(jobs, {});
  ASSERT_THAT(verdicts, SizeIs(3));
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::string& cloud = jobs[i]->job.key.instance;
    EXPECT_EQ(verdicts[i].has_value(), cloud == "second") << cloud;
    const bool lost = verdicts[i] && std::holds_alternative<core::LeaseLost>(*verdicts[i]);
    EXPECT_EQ(lost, cloud == "second") << cloud;
  }
  EXPECT_THAT(first.endpoint.extended, ElementsAre(SizeIs(1)));
  EXPECT_THAT(second.endpoint.extended, ElementsAre(SizeIs(1)));
  EXPECT_GT(store->find(key_in("first")).value()->lease->until, clock.now());
  EXPECT_LT(store->find(key_in("second")).value()->lease->until, clock.now());
}

TEST_P(TwoCloudsTest, AJobOfACloudThatLeasesNoMoreIsTriedAgainWhenItsLeaseHasEnded) {
  insert(job_of("second"));
  const auto claimed = claim_both();
  UpstreamSession without_feed = second.session;
  without_feed.roles.feed = nullptr;
  LeaseCheck check({first.session, without_feed}, *store, {});
  EXPECT_FALSE(check.check({&claimed.front()}, {}).front().has_value());
  clock.advance(std::chrono::minutes(6));
  const auto verdict = check.check({&claimed.front()}, {}).front();
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(std::get<core::RetryLater>(*verdict).code, "endpoint_unreachable");
}

INSTANTIATE_TEST_SUITE_P(Stores, TwoCloudsTest, ::testing::Values("fake", "sqlite"));

}  // namespace
}  // namespace certconnector::upstream
