#include "agent/jobs/job_explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "tests/support/core/core_fixture.h"

namespace certconnector::jobs {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

core::JobRecord record(core::JobState state) {
  core::JobRecord job;
  job.job = testing::issue_job("j1");
  job.state = state;
  job.received = testing::FakeClock::kStart - std::chrono::minutes(5);
  job.due = testing::FakeClock::kStart;
  return job;
}

TEST(JobExplanation, AQueuedJobNamesWhatKeepsTheWholeAgentFromIt) {
  const core::JobRecord job = record(core::JobState::queued);
  const auto next = [&](OperatingState state) {
    return explain(job, {}, testing::FakeClock::kStart, {state}).next;
  };
  EXPECT_THAT(next(OperatingState::working), HasSubstr("as soon as the CA has room"));
  EXPECT_THAT(next(OperatingState::paused), HasSubstr("until `certconnector resume`"));
  EXPECT_THAT(next(OperatingState::storage_full), HasSubstr("cannot write its database"));
  EXPECT_THAT(next(OperatingState::clock_wrong), HasSubstr("`certconnector health` says why"));
}

TEST(JobExplanation, AJobOfACaThatIsNotServedSaysSo) {
  for (const auto state : {core::JobState::queued, core::JobState::waiting}) {
    core::JobRecord job = record(state);
    job.last_code = "ca_unavailable";
    job.last_message = "no answer";
    const JobSurroundings without{OperatingState::working, false};
    const JobExplanation story = explain(job, {}, testing::FakeClock::kStart, without);
    EXPECT_EQ(story.why.find("It waits for its CA, which the agent does not serve."), 0U);
    EXPECT_THAT(story.next, HasSubstr("`certconnector ca list`"));
    EXPECT_THAT(story.next, Not(HasSubstr("as soon as the CA has room")));
    job.external = true;
    EXPECT_THAT(explain(job, {}, testing::FakeClock::kStart, without).next,
                state == core::JobState::waiting ? HasSubstr("NDES") : HasSubstr("ca list"));
  }
}

TEST(JobExplanation, TellsWhatHappenedInOrder) {
  core::JobRecord job = record(core::JobState::reported);
  job.attempts = 2;
  job.started = testing::FakeClock::kStart - std::chrono::minutes(1);
  job.finished = testing::FakeClock::kStart;
  job.reported = testing::FakeClock::kStart + std::chrono::seconds(1);
  job.outcome = core::Issued{{{},
                              {0x0A, 0x01},
                              testing::FakeClock::kStart,
                              testing::FakeClock::kStart + std::chrono::hours(24)},
                             "shortened"};
  const std::vector<core::JobEvent> history = {
      {testing::FakeClock::kStart - std::chrono::minutes(3), "retry",
       "ca_unavailable: connection refused"}};
  const JobExplanation story = explain(job, history, testing::FakeClock::kStart);
  ASSERT_THAT(story.happened, SizeIs(5));
  EXPECT_THAT(story.happened[0], HasSubstr("template \"device\""));
  EXPECT_THAT(story.happened[1], HasSubstr("connection refused"));
  EXPECT_THAT(story.happened[2], HasSubstr("Attempt 2"));
  EXPECT_THAT(story.happened[3], HasSubstr("0a01"));
  EXPECT_THAT(story.happened[3], HasSubstr("shortened"));
  EXPECT_THAT(story.happened[4], HasSubstr("2026-01-01T00:00:01Z"));
  EXPECT_THAT(story.next, HasSubstr("final"));
}

struct StandingCase {
  const char* name;
  core::JobState state;
  std::function<void(core::JobRecord&)> change;
  const char* why;
  const char* next;
};

TEST(JobExplanation, SaysWhyAndWhatComesNextInEveryState) {
  const auto nothing = [](core::JobRecord&) {};
  const auto failing = [](core::JobRecord& job) {
    job.started = testing::FakeClock::kStart;
    job.outcome = core::failed(core::failure::kWeakKey, "The key has 1024 bits.");
  };
  const StandingCase cases[] = {
      {"new", core::JobState::queued, nothing, "its turn", "as soon as the CA has room"},
      {"tried", core::JobState::queued,
       [](core::JobRecord& job) {
         job.last_code = "ca_unavailable";
         job.last_message = "connection refused";
         job.due = testing::FakeClock::kStart + std::chrono::minutes(5);
       },
       "connection refused (ca_unavailable)", "in 5 min"},
      {"with a deadline", core::JobState::queued,
       [](core::JobRecord& job) {
         job.job.deadline = testing::FakeClock::kStart + std::chrono::hours(1);
       },
       "its turn", "2026-01-01T01:00:00Z"},
      {"running", core::JobState::running, nothing, "is doing it", "once the CA has answered"},
      {"pending", core::JobState::waiting, nothing, "has not decided", "certconnector ca list"},
      {"approval", core::JobState::waiting,
       [](core::JobRecord& job) { job.waiting_for_approval = true; }, "approval by a person.",
       "certconnector jobs approve j1"},
      {"held", core::JobState::held, nothing, "cannot ask", "certconnector jobs retry j1"},
      {"failed", core::JobState::failed, failing, "1024 bits. (weak_key)", "jobs retry j1"},
      {"dead", core::JobState::dead, failing, "1024", "jobs retry j1"},
      {"overdue", core::JobState::dead,
       [](core::JobRecord& job) {
         job.job.deadline = testing::FakeClock::kStart;
         job.outcome = core::failed(core::failure::kDeadlinePassed, "Its deadline passed.");
       },
       "deadline", "cannot be tried again"},
      {"refused on arrival", core::JobState::failed,
       [](core::JobRecord& job) {
         job.outcome = core::failed(core::failure::kBadJob, "The job is malformed.");
       },
       "malformed", "cannot be tried again"},
      {"approved", core::JobState::queued,
       [](core::JobRecord& job) { job.last_message = "template t asks for a person's approval"; },
       "It waits for its turn.", "as soon as"},
      {"lost", core::JobState::canceled, nothing, "another agent", "Nothing"},
      {"canceled", core::JobState::canceled, failing, "1024", "reach the endpoint"},
      {"succeeded", core::JobState::succeeded,
       [](core::JobRecord& job) {
         job.outcome = core::Revoked{testing::FakeClock::kStart, true};
       },
       "revoked before", "reach the endpoint"},
      {"lifted", core::JobState::succeeded,
       [](core::JobRecord& job) {
         core::RevokeRequest lift;
         lift.reason = core::RevocationReason::remove_from_crl;
         job.job.request = lift;
         job.outcome = core::Revoked{testing::FakeClock::kStart, false};
       },
       "hold was lifted", "reach the endpoint"},
      {"reported", core::JobState::reported, failing, "1024", "queue a new job"}};
  for (const StandingCase& c : cases) {
    core::JobRecord job = record(c.state);
    c.change(job);
    const JobExplanation story = explain(job, {}, testing::FakeClock::kStart);
    EXPECT_THAT(story.why, HasSubstr(c.why)) << c.name;
    EXPECT_THAT(story.next, HasSubstr(c.next)) << c.name;
    EXPECT_THAT(story.happened, Not(IsEmpty())) << c.name;
  }
}

TEST(JobExplanation, TellsOfTheAgentsOwnRevocations) {
  core::JobRecord job = record(core::JobState::failed);
  job.job = testing::revoke_job("superseded-0a01");
  job.job.key.source = core::JobSource::local;
  const JobExplanation story = explain(job, {}, testing::FakeClock::kStart);
  EXPECT_THAT(story.happened[0], HasSubstr("The agent itself"));
  EXPECT_THAT(story.happened[0], HasSubstr("serial 0a01"));
  EXPECT_THAT(story.happened[0], HasSubstr("keyCompromise"));
  EXPECT_THAT(story.next, Not(HasSubstr("endpoint")));
}

struct SourceCase {
  const char* name;
  core::JobSource source;
  bool external;
  const core::FailureCode* code;  // null: issued
  bool tried;
  std::vector<const char*> says;
};

// No row is of a job from an endpoint, so none speaks of one.
TEST(JobExplanation, SaysWhatComesNextByTheSourceOfTheJob) {
  const SourceCase cases[] = {
      {"refused device",
       core::JobSource::scep,
       false,
       &core::failure::kChallengeWrong,
       false,
       {"a new challenge"}},
      {"refused at NDES",
       core::JobSource::scep,
       true,
       &core::failure::kRevocationUnknown,
       false,
       {"Do as the message says"}},
      {"canceled",
       core::JobSource::scep,
       false,
       &core::failure::kCanceled,
       false,
       {"let the device ask again"}},
      {"used up",
       core::JobSource::scep,
       false,
       &core::failure::kAttemptsUsedUp,
       true,
       {"Repair what ended the last attempt", "`certconnector jobs retry j1`"}},
      {"failed at NDES",
       core::JobSource::scep,
       true,
       &core::failure::kTemplateDenied,
       true,
       {"Do as the message says"}},
      {"issued", core::JobSource::scep, false, nullptr, true, {"asks again and gets the same one"}},
      {"issued at NDES", core::JobSource::scep, true, nullptr, true, {"The NDES hands it"}},
      {"RA outside the bounds",
       core::JobSource::local,
       false,
       &core::failure::kOutsideCaBounds,
       true,
       {"Set ra_subject", "certconnector reload", "tries again by itself"}},
      {"RA refused",
       core::JobSource::local,
       false,
       &core::failure::kWeakKey,
       true,
       {"Correct the cause in the section"}},
      {"RA issued", core::JobSource::local, false, nullptr, true, {"uses its RA certificate"}}};
  for (const SourceCase& c : cases) {
    SCOPED_TRACE(c.name);
    core::JobRecord job = record(core::JobState::reported);
    job.job.key.source = c.source;
    job.reports = false;
    job.external = c.external;
    job.ended_as = c.code == nullptr ? core::JobState::succeeded : core::JobState::failed;
    job.outcome = core::Issued{};
    if (c.code != nullptr) job.outcome = core::failed(*c.code, "The message.");
    if (c.tried) job.started = testing::FakeClock::kStart;
    const std::string next = explain(job, {}, testing::FakeClock::kStart).next;
    for (const char* words : c.says) EXPECT_THAT(next, HasSubstr(words));
    EXPECT_THAT(next, Not(HasSubstr("endpoint has the result")));
    EXPECT_THAT(next, Not(HasSubstr("queue a new job")));
    if (c.external || !c.tried) {
      EXPECT_THAT(next, Not(HasSubstr("jobs retry")));
    }
  }
}

TEST(JobExplanation, AnInterruptedJobIsNotSaidToBeAskedOfACaThatCannotBeAsked) {
  core::JobRecord job;
  job.state = core::JobState::held;
  const core::JobEvent interrupted{testing::FakeClock::kStart, "interrupted",
                                   "the CA is asked what became of the request"};
  const auto story = explain(job, {interrupted}, testing::FakeClock::kStart);
  EXPECT_THAT(story.happened.back(), HasSubstr("It finds out what became of the request"));
}

TEST(JobExplanation, AHeldJobTellsWhatBrokeTheAttempt) {
  core::JobRecord job = record(core::JobState::held);
  job.last_message = "The CA may or may not have taken the request (killed after 5 s).";
  EXPECT_THAT(explain(job, {}, testing::FakeClock::kStart).why, HasSubstr("killed after 5 s"));
}

}  // namespace
}  // namespace certconnector::jobs
