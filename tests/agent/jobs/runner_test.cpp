#include "agent/jobs/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "common/runtime/loop_thread.h"
#include "tests/agent/ca/request_builder.h"
#include "tests/support/core/core_fixture.h"

namespace certconnector::jobs {
namespace {

using testing::CoreFixture;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::issue_job;
using testing::kTestCa;
using testing::leased;
using testing::revoke_job;

class RunnerTest : public CoreFixture {
 protected:
  using CoreFixture::CoreFixture;
  core::IdempotencyKey taken{};
  core::JobState state(const std::string& id) { return store.row(id).record.state; }
  std::string code(const std::string& id) {
    const auto row = store.row(id);
    if (!row.record.outcome) return row.record.last_code;
    const auto* failed = std::get_if<core::Failed>(&*row.record.outcome);
    return failed == nullptr ? "" : failed->code;
  }
  // As after a crash: the job was claimed by another life of the agent.
  void insert_interrupted(const core::Job& job) {
    insert(job);
    ASSERT_TRUE(store.claim({job.ca, 10, "the last life", clock.now(), clock.now()}).ok());
    ASSERT_TRUE(store.recover("me", clock.now()).ok());
  }
};

class WithoutFinder : public RunnerTest {
 protected:
  explicit WithoutFinder(core::InDoubtPolicy policy = core::InDoubtPolicy::hold)
      : RunnerTest(policy, false) {}
};
class WithoutFinderResubmit : public WithoutFinder {
 protected:
  WithoutFinderResubmit() : WithoutFinder(core::InDoubtPolicy::resubmit) {}
};

TEST_F(RunnerTest, NoJobBringsACertificateInTheCasName) {
  ca::testing::RequestSpec spec;
  spec.subject = "CN=fake ca,O=TEST";
  core::Job job = issue_job("a");
  std::get<core::IssueRequest>(job.request).pkcs10 =
      ca::testing::make_request(spec).der().to_bytes();
  insert(job);
  job.key.id = "for an RA";
  job.key.source = core::JobSource::local;
  insert(job);
  work();
  EXPECT_EQ(code("a"), "subject_not_allowed");
  EXPECT_EQ(code("for an RA"), "");
}

TEST_F(RunnerTest, TellsTheCaWhatTheJobNames) {
  ca::testing::RequestSpec spec;
  spec.key_usage = crypto::kDigitalSignature;
  std::optional<std::uint16_t> named;
  ca->on_submit = [&](const core::Submission& one) -> std::optional<core::SubmitAnswer> {
    if (one.expected != nullptr) named = one.expected->key_usage;
    return std::nullopt;
  };
  core::Job job = issue_job("a");
  auto& issue = std::get<core::IssueRequest>(job.request);
  issue.pkcs10 = ca::testing::make_request(spec).der().to_bytes();
  issue.expected.key_usage = crypto::kDigitalSignature;
  insert(job);
  work();
  EXPECT_EQ(named, crypto::kDigitalSignature);
}

TEST_F(RunnerTest, IssuesAndRevokesInOneBatchAndOneTransaction) {
  for (int i = 0; i < 5; ++i) insert(issue_job("i" + std::to_string(i)));
  insert(revoke_job("r"));
  EXPECT_EQ(work(), Duration(0));
  EXPECT_EQ(store.count(core::JobState::succeeded), 6U);
  EXPECT_EQ(ca->submit_calls(), 1);
  EXPECT_EQ(store.calls("settle"), 1);
  EXPECT_EQ(activity.counts().issued, 5U);
  EXPECT_EQ(activity.counts().revoked, 1U);
  EXPECT_THAT(crash_points.points,
              ElementsAre(core::CrashPoint::claimed, core::CrashPoint::submitted,
                          core::CrashPoint::settled));
  EXPECT_EQ(work(), runtime::kIdle);
}

TEST_F(RunnerTest, DoesTheGoodJobsOfABatchAndFailsTheBad) {
  core::Job malformed = issue_job("malformed");
  std::get<core::IssueRequest>(malformed.request).pkcs10 = {0x30, 0x00};
  core::Job mismatch = issue_job("mismatch");
  std::get<core::IssueRequest>(mismatch.request).expected.subject = "CN=other";
  insert(malformed);
  insert(mismatch);
  insert(issue_job("good"));
  work();
  EXPECT_EQ(state("good"), core::JobState::succeeded);
  EXPECT_EQ(code("malformed"), "malformed_request");
  EXPECT_EQ(code("mismatch"), "subject_mismatch");
  EXPECT_EQ(activity.counts().failed, 2U);
  EXPECT_EQ(logger.count("job.failed"), 2U);
}

struct AnswerCase {
  const char* name;
  core::SubmitAnswer answer;
  core::JobState state;
  const char* code;
};

TEST_F(RunnerTest, MakesOfEachAnswerItsState) {
  const AnswerCase cases[] = {
      {"pending", core::PendingAtCa{"42"}, core::JobState::waiting, ""},
      {"approval", core::NeedsApproval{"the template says so"}, core::JobState::waiting, ""},
      {"denied", core::DeniedByCa{{"denied_by_ca", -1, "no"}}, core::JobState::failed,
       "denied_by_ca"},
      {"unavailable", core::CaUnavailable{"refused", {}}, core::JobState::queued, "ca_unavailable"},
      {"in_doubt", core::InDoubt{"cut off"}, core::JobState::queued, "in_doubt"}};
  for (const AnswerCase& c : cases) {
    ca->on_submit = [&](const core::Submission&) { return c.answer; };
    insert(issue_job(c.name));
    work();
    EXPECT_EQ(state(c.name), c.state) << c.name;
    EXPECT_EQ(code(c.name), c.code) << c.name;
  }
  EXPECT_TRUE(store.row("in_doubt").interrupted);
  EXPECT_FALSE(store.row("unavailable").interrupted);
  EXPECT_TRUE(store.row("approval").record.waiting_for_approval);
}

TEST_F(RunnerTest, AsksForAPendingRequestUntilItIsDecided) {
  ca->on_submit = [](const core::Submission&) {
    return core::SubmitAnswer(core::PendingAtCa{"42"});
  };
  insert(issue_job("j"));
  work();
  int asked = 0;
  ca->on_retrieve = [&](const std::string& id) {
    EXPECT_EQ(id, "42");
    ++asked;
    return core::SubmitAnswer(core::PendingAtCa{"42"});
  };
  Duration last(0);
  for (int i = 0; i < 8; ++i) {
    const Duration wait = scheduler.take(kTestCa, clock.now()).look_again;
    EXPECT_GE(wait, last);  // less often the longer it takes
    last = wait;
    clock.advance(wait);
    work();
  }
  EXPECT_EQ(asked, 8);
  EXPECT_EQ(store.row("j").record.attempts, 1);
  ca->on_retrieve = nullptr;
  clock.advance(std::chrono::minutes(15));
  work();
  EXPECT_EQ(state("j"), core::JobState::succeeded);
  EXPECT_EQ(ca->submit_calls(), 1);
}

TEST_F(RunnerTest, KeepsWaitingWhenThePendingRequestCannotBeAskedFor) {
  ca->on_submit = [](const core::Submission&) {
    return core::SubmitAnswer(core::PendingAtCa{"42"});
  };
  ca->on_retrieve = [](const std::string&) {
    return core::SubmitAnswer(core::CaUnavailable{"down", {}});
  };
  insert(issue_job("j"));
  work();
  clock.advance(std::chrono::minutes(1));
  work();
  EXPECT_EQ(state("j"), core::JobState::waiting);
  EXPECT_EQ(store.row("j").pending_request, "42");
  const auto silent = logger.records("job.ca_silent");
  ASSERT_EQ(silent.size(), 1U) << "the job's own record has no room for the cause";
  EXPECT_THAT(silent.front().message, HasSubstr("down"));
  EXPECT_EQ(silent.front().field("job"), "j");
}

TEST_F(RunnerTest, SubmitsAgainOnceAPersonHasApproved) {
  ca->on_submit = [](const core::Submission& submission) -> std::optional<core::SubmitAnswer> {
    if (submission.approved) return std::nullopt;
    return core::NeedsApproval{"the template says so"};
  };
  insert(issue_job("j"));
  work();
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(work(), runtime::kIdle);  // only a person can go on
  insert(issue_job("k"));
  ASSERT_TRUE(store.approve(store.row("j").record.ticket, clock.now(), "root").ok());
  ASSERT_TRUE(store
                  .renew_leases({{store.row("j").record.ticket,
                                  "j",
                                  "default",
                                  {1, clock.now() + std::chrono::minutes(5)}}})
                  .ok());
  scheduler.all_ready();
  work();
  EXPECT_EQ(state("j"), core::JobState::succeeded);
}

TEST_F(RunnerTest, FindsWhatAnInterruptedAttemptHasIssued) {
  const core::Job job = issue_job("j");
  insert_interrupted(job);
  ca->issue_silently(core::idempotency_key(job.key));
  work();
  EXPECT_EQ(state("j"), core::JobState::succeeded);
  EXPECT_EQ(ca->certificates(), 1U);
  EXPECT_EQ(ca->submit_calls(), 0);
}

TEST_F(RunnerTest, SubmitsAnInterruptedJobThatNeverArrived) {
  insert_interrupted(issue_job("j"));
  work();
  EXPECT_EQ(state("j"), core::JobState::succeeded);
  EXPECT_EQ(ca->certificates(), 1U);
}

TEST_F(RunnerTest, DoesNotSubmitWhileTheCaCannotBeAsked) {
  const core::Job job = issue_job("j");
  insert_interrupted(job);
  ca->issue_silently(core::idempotency_key(job.key));
  ca->find_failure = testing::FakeJobStore::disk_full();
  work();
  EXPECT_EQ(state("j"), core::JobState::queued);
  EXPECT_TRUE(store.row("j").interrupted);
  ca->find_failure.reset();
  clock.advance(std::chrono::minutes(1));
  scheduler.all_ready();
  work();
  EXPECT_EQ(state("j"), core::JobState::succeeded);
  EXPECT_EQ(ca->certificates(), 1U);
}

TEST_F(RunnerTest, ReportsALateCertificateRatherThanADeadJob) {
  core::Job job = issue_job("j");
  job.deadline = clock.now() + std::chrono::seconds(1);
  insert_interrupted(job);
  ca->issue_silently(core::idempotency_key(job.key));
  clock.advance(std::chrono::minutes(10));  // the lease is over, too
  work();
  EXPECT_EQ(state("j"), core::JobState::succeeded);
}

TEST_F(RunnerTest, AnAnswerThatWasLostIsFoundByTheNextAttempt) {
  ca->on_submit = [this](const core::Submission& submission) -> std::optional<core::SubmitAnswer> {
    taken = submission.key;
    return core::InDoubt{"cut off"};
  };
  insert(issue_job("j"));
  work();
  ca->issue_silently(taken);
  clock.advance(std::chrono::minutes(1));
  work();
  EXPECT_EQ(state("j"), core::JobState::succeeded);
  EXPECT_EQ(ca->certificates(), 1U);
}

TEST_F(WithoutFinder, HoldsWhatIsInDoubt) {
  insert_interrupted(issue_job("interrupted"));
  work();
  EXPECT_EQ(state("interrupted"), core::JobState::held);
  EXPECT_THAT(store.row("interrupted").record.last_message,
              HasSubstr("the agent stopped, or read its configuration again"));
  ca->on_submit = [](const core::Submission&) {
    return core::SubmitAnswer(core::InDoubt{"cut off"});
  };
  insert(issue_job("cut"));
  work();
  EXPECT_EQ(state("cut"), core::JobState::held);
  EXPECT_THAT(store.row("cut").record.last_message, HasSubstr("cut off"));
  // A person's decision.
  ca->on_submit = nullptr;
  ASSERT_TRUE(store.retry(store.row("cut").record.ticket, clock.now(), "root").ok());
  scheduler.all_ready();
  work();
  EXPECT_EQ(state("cut"), core::JobState::succeeded);
}

TEST_F(WithoutFinderResubmit, SendsAgainAndSaysSo) {
  insert_interrupted(issue_job("j"));
  work();
  const auto row = store.row("j");
  ASSERT_EQ(row.record.state, core::JobState::succeeded);
  EXPECT_THAT(std::get<core::Issued>(*row.record.outcome).note, HasSubstr("Sent again"));
}

TEST_F(RunnerTest, LetsAJobDieAtItsDeadlineWithoutTheCa) {
  core::Job job = issue_job("j");
  job.deadline = clock.now();
  insert(job);
  work();
  EXPECT_EQ(state("j"), core::JobState::dead);
  EXPECT_EQ(code("j"), "deadline_passed");
  EXPECT_EQ(ca->submit_calls(), 0);
}

TEST_F(RunnerTest, LetsAJobDieWhenItsAttemptsAreUsedUp) {
  ca->on_submit = [](const core::Submission&) {
    return core::SubmitAnswer(core::CaUnavailable{"down", {}});
  };
  insert(issue_job("j"));
  for (int i = 0; i < 100 && state("j") == core::JobState::queued; ++i) {
    work();
    clock.advance(std::chrono::minutes(16));
    ASSERT_TRUE(store
                    .renew_leases({{store.row("j").record.ticket,
                                    "j",
                                    "default",
                                    {1, clock.now() + std::chrono::minutes(5)}}})
                    .ok());
  }
  EXPECT_EQ(state("j"), core::JobState::dead);
  EXPECT_EQ(code("j"), "attempts_used_up");
  EXPECT_EQ(store.row("j").record.attempts, 20);
  EXPECT_THAT(std::get<core::Failed>(*store.row("j").record.outcome).message, HasSubstr("down"));
}

TEST_F(RunnerTest, TheAgentsOwnRevocationsGoOnUntilTheCaAnswers) {
  ca->on_revoke = [](const core::Revocation&) {
    return core::RevokeAnswer(core::CaUnavailable{"down", {}});
  };
  core::Job job = revoke_job("j");
  job.key.source = core::JobSource::local;
  insert(job);
  for (int i = 0; i < 100; ++i) {
    work();
    clock.advance(std::chrono::minutes(16));
  }
  EXPECT_EQ(state("j"), core::JobState::queued);
  EXPECT_GT(store.row("j").record.attempts, 90);
  EXPECT_GT(store.row("j").last_backoff, std::chrono::seconds(1)) << "not at every moment";
  ca->on_revoke = nullptr;
  work();
  EXPECT_EQ(state("j"), core::JobState::reported);
}

// Else the CA's wish for an hour's patience would open the circuit breaker for that long.
TEST_F(RunnerTest, ARevocationThatWaitsAtTheCaHoldsUpNothingElse) {
  ca->on_revoke = [](const core::Revocation&) {
    return core::RevokeAnswer(core::RevocationPending{std::chrono::hours(1)});
  };
  insert(revoke_job("j"));
  work();
  EXPECT_EQ(state("j"), core::JobState::queued);
  EXPECT_THAT(store.row("j").record.last_message, HasSubstr("has not revoked it yet"));
  insert(issue_job("another"));
  work();
  EXPECT_EQ(state("another"), core::JobState::succeeded);
  for (int i = 0; i < 30; ++i) {
    clock.advance(std::chrono::hours(2));
    work();
  }
  EXPECT_EQ(state("j"), core::JobState::queued) << "waiting costs no attempt";
  ca->on_revoke = nullptr;
  clock.advance(std::chrono::hours(2));
  work();
  EXPECT_EQ(state("j"), core::JobState::succeeded);
}

Error torn_certificate_store() {
  return {core::CoreErrc::bad_answer, ErrorKind::corrupt, "a page is torn; restore a backup"};
}

TEST_F(RunnerTest, ADamagedCaStopsTheAgentAndCostsTheJobNoAttempt) {
  ca->on_submit = [](const core::Submission&) {
    return core::SubmitAnswer(core::CaDamaged{torn_certificate_store()});
  };
  ca->on_revoke = [](const core::Revocation&) {
    return core::RevokeAnswer(core::CaDamaged{torn_certificate_store()});
  };
  for (const core::Job& job : {issue_job("issue"), revoke_job("revoke")}) {
    const std::string id = job.key.id;
    corrupt = false;
    insert(job);
    // As if each start of the agent got that far again.
    for (int i = 0; i < 30; ++i) {
      StorageGuard guard(store, operating_mode, clock, random, logger,
                         [this](const Error&) { corrupt = true; });
      Runner with_guard(lease_check, outcome_writer, guard, {{}, clock, random},
                        {activity, crash_points, logger});
      Take take = scheduler.take(kTestCa, clock.now());
      ASSERT_TRUE(take.batch) << id << i;
      scheduler.finished(*take.batch, with_guard.run(*take.batch, never), clock.now());
      EXPECT_TRUE(corrupt);
      EXPECT_FALSE(operating_mode.may_submit());
      operating_mode.storage_works();
      clock.advance(std::chrono::minutes(20));
      scheduler.all_ready();
    }
    EXPECT_EQ(state(id), core::JobState::queued);
    EXPECT_EQ(store.row(id).record.attempts, 0);
    EXPECT_THAT(store.row(id).record.last_message, HasSubstr("restore a backup"));
    ASSERT_TRUE(store.cancel(store.row(id).record.ticket, clock.now(), "test").ok());
  }
  EXPECT_EQ(activity.counts().failed, 0U);
  EXPECT_THAT(logger.records("storage.corrupt")[0].message, HasSubstr("restore a backup"));
}

TEST_F(RunnerTest, ADamagedCaThatIsAskedAboutAnEarlierAttemptStopsTheAgent) {
  insert_interrupted(issue_job("interrupted"));
  ca->find_failure = torn_certificate_store();
  work();
  EXPECT_TRUE(corrupt);
  EXPECT_EQ(state("interrupted"), core::JobState::queued);
  EXPECT_TRUE(store.row("interrupted").interrupted);
}

TEST_F(RunnerTest, ACaThatCannotTellOfAnEarlierAttemptLeavesTheJobToAPerson) {
  insert_interrupted(issue_job("interrupted"));
  ca->find_failure = Error(core::CoreErrc::bad_answer, ErrorKind::permanent, "no FIND here");
  work();
  EXPECT_EQ(state("interrupted"), core::JobState::held);
  EXPECT_THAT(store.row("interrupted").record.last_message, HasSubstr("no FIND here"));
  EXPECT_EQ(ca->submit_calls(), 0);
}

TEST_F(RunnerTest, ADamagedCaThatIsAskedAboutAPendingRequestStopsTheAgent) {
  ca->on_submit = [](const core::Submission&) {
    return core::SubmitAnswer(core::PendingAtCa{"42"});
  };
  ca->on_retrieve = [](const std::string&) {
    return core::SubmitAnswer(core::CaDamaged{torn_certificate_store()});
  };
  insert(issue_job("j"));
  work();
  clock.advance(std::chrono::minutes(1));
  work();
  EXPECT_TRUE(corrupt);
  EXPECT_EQ(state("j"), core::JobState::waiting);
  EXPECT_EQ(store.row("j").pending_request, "42");
}

TEST_F(RunnerTest, BelievesTheCasRetryAfter) {
  ca->on_submit = [](const core::Submission&) {
    return core::SubmitAnswer(core::CaUnavailable{"busy", std::chrono::minutes(10)});
  };
  insert(issue_job("j"));
  work();
  EXPECT_EQ(store.row("j").record.due, clock.now() + std::chrono::minutes(10));
  EXPECT_EQ(scheduler.lane(kTestCa, clock.now()).breaker, runtime::BreakerState::open);
}

TEST_F(RunnerTest, RevokesOnlyWhatTheCaIssued) {
  core::Job same = revoke_job("same");
  std::get<core::RevokeRequest>(same.request).issuer = "cn=Fake CA, o=Test";
  core::Job other = revoke_job("other");
  std::get<core::RevokeRequest>(other.request).issuer = "CN=Other CA";
  ca->on_revoke = [](const core::Revocation& revocation) -> std::optional<core::RevokeAnswer> {
    if (revocation.reason != core::RevocationReason::superseded) return std::nullopt;
    return core::DeniedByCa{{"certificate_not_found", -1, "no such serial"}};
  };
  core::Job unknown = revoke_job("unknown");
  std::get<core::RevokeRequest>(unknown.request).reason = core::RevocationReason::superseded;
  insert(same);
  insert(other);
  insert(unknown);
  work();
  EXPECT_EQ(code("other"), "issuer_mismatch");
  EXPECT_EQ(code("unknown"), "certificate_not_found");
  EXPECT_EQ(state("same"), core::JobState::succeeded) << code("same");
}

TEST_F(RunnerTest, KeepsVerdictsThatCannotBeStoredAndNeverSubmitsTwice) {
  insert(issue_job("j"));
  ca->on_submit = [this](const core::Submission&) -> std::optional<core::SubmitAnswer> {
    store.fail_writes(store.disk_full());
    return std::nullopt;
  };
  work();
  EXPECT_EQ(state("j"), core::JobState::running);
  EXPECT_EQ(outcome_writer.kept(), 1U);
  EXPECT_EQ(operating_mode.state(), OperatingState::storage_full);
  for (int i = 0; i < 5; ++i) {
    clock.advance(std::chrono::seconds(30));
    EXPECT_GT(outcome_writer.step(never), Duration(0));
    static_cast<void>(storage.step(never));
    EXPECT_EQ(work(), runtime::kIdle);
  }
  EXPECT_EQ(logger.count("storage.failed"), 1U);  // said once
  store.fail_writes(std::nullopt);
  EXPECT_EQ(outcome_writer.step(never), runtime::kIdle);
  EXPECT_EQ(state("j"), core::JobState::succeeded);
  EXPECT_EQ(ca->certificates(), 1U);
  clock.advance(std::chrono::seconds(30));
  static_cast<void>(storage.step(never));
  EXPECT_EQ(operating_mode.state(), OperatingState::working);
}

TEST_F(RunnerTest, WhatCouldNotBeStoredBeforeTheEndIsFoundAfterTheRestart) {
  insert(issue_job("j"));
  ca->on_submit = [this](const core::Submission&) -> std::optional<core::SubmitAnswer> {
    store.fail_writes(store.disk_full());
    return std::nullopt;
  };
  work();
  outcome_writer.flush();
  EXPECT_EQ(logger.count("settle.left"), 1U);
  store.fail_writes(std::nullopt);
  ASSERT_TRUE(store.recover("the next life", clock.now()).ok());
  operating_mode.storage_works();
  scheduler.all_ready();
  work();
  EXPECT_EQ(ca->certificates(), 1U);
}

TEST_F(RunnerTest, TellsTheCrlPublisherOfRevocations) {
  Wakeup publisher;
  runner.revoked().add(publisher);
  insert(revoke_job("r"));
  work();
  EXPECT_TRUE(publisher.wait(Duration(0), never));
}

TEST_F(RunnerTest, ABackendThatAnswersTooLittleLeavesNothingUndecided) {
  class Short final : public core::CertificateAuthority {
   public:
    [[nodiscard]] core::CaDescription describe() const override {
      core::CaDescription description;
      description.fingerprint = std::string(64, 'c');
      return description;
    }
    std::vector<core::SubmitAnswer> submit(const std::vector<core::Submission>&,
                                           const core::CallContext&) override {
      return {};
    }
    core::SubmitAnswer retrieve(const std::string&, const core::IdempotencyKey&,
                                const core::CallContext&) override {
      return core::InDoubt{};
    }
    std::vector<core::RevokeAnswer> revoke(const std::vector<core::Revocation>&,
                                           const core::CallContext&) override {
      return {};
    }
    [[nodiscard]] std::vector<Bytes> chain() const override { return {}; }
    Status check(const core::CallContext&) override { return {}; }
  };
  core::CaPorts ports;
  ports.ca = std::make_shared<Short>();
  cas.add(ports);
  core::Job issue = issue_job("i");
  issue.ca = std::string(64, 'c');
  core::Job revoke = revoke_job("r");
  revoke.ca = issue.ca;
  insert(issue);
  insert(revoke);
  Worker of_it(scheduler, runner, clock, logger, issue.ca);
  of_it.step(never);
  EXPECT_EQ(state("i"), core::JobState::held);
  EXPECT_EQ(state("r"), core::JobState::queued);
}

}  // namespace
}  // namespace certconnector::jobs
