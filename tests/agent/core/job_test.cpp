#include "agent/core/job.h"

#include <gtest/gtest.h>

#include <set>

#include "agent/core/failure_codes.h"
#include "agent/jobs/lifecycle/job_transitions.h"

namespace certconnector::core {
namespace {

constexpr std::array<JobState, 9> kAllStates{
    JobState::queued, JobState::running, JobState::waiting,  JobState::held,    JobState::succeeded,
    JobState::failed, JobState::dead,    JobState::canceled, JobState::reported};

TEST(JobStates, HaveNamesThatLeadBack) {
  for (const JobState state : kAllStates) EXPECT_EQ(job_state(to_string(state)), state);
  EXPECT_FALSE(job_state("finished").has_value());
}

TEST(JobTransitions, AreFreeOfDoubles) {
  std::set<std::pair<JobState, jobs::JobTrigger>> seen;
  for (const jobs::JobTransition& row : jobs::kJobTransitions) {
    EXPECT_TRUE(seen.emplace(row.from, row.trigger).second) << to_string(row.from);
  }
}

TEST(JobTransitions, NeverLeaveReported) {
  for (const jobs::JobTransition& row : jobs::kJobTransitions)
    EXPECT_NE(row.from, JobState::reported);
}

TEST(JobTransitions, RefuseWhatIsNotInTheTable) {
  struct Forbidden {
    JobState from;
    jobs::JobTrigger trigger;
  };
  const Forbidden refusals[] = {{JobState::succeeded, jobs::JobTrigger::person_retries},
                                {JobState::reported, jobs::JobTrigger::person_retries},
                                {JobState::running, jobs::JobTrigger::person_cancels},
                                {JobState::running, jobs::JobTrigger::expires},
                                {JobState::queued, jobs::JobTrigger::succeeds},
                                {JobState::held, jobs::JobTrigger::claimed},
                                {JobState::canceled, jobs::JobTrigger::claimed}};
  for (const Forbidden& refusal : refusals) {
    EXPECT_FALSE(jobs::next_state(refusal.from, refusal.trigger).has_value())
        << to_string(refusal.from);
  }
}

TEST(JobTransitions, LetEveryUnfinishedStateEnd) {
  for (const JobState state : kAllStates) {
    if (jobs::is_finished(state)) continue;
    bool ends = false;
    for (const jobs::JobTransition& row : jobs::kJobTransitions) {
      ends = ends || (row.from == state && jobs::is_finished(row.to));
    }
    EXPECT_TRUE(ends) << to_string(state);
  }
}

TEST(FailureCodes, AreUniqueAndFailures) {
  std::set<std::string_view> names;
  for (const FailureCode& code : kFailureCodes) {
    EXPECT_TRUE(names.insert(code.name).second) << code.name;
    EXPECT_LT(static_cast<std::int32_t>(code.hresult), 0) << code.name;
    EXPECT_FALSE(code.meaning.empty()) << code.name;
    EXPECT_EQ(code.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
    EXPECT_EQ(find_failure_code(code.name), &code);
  }
  EXPECT_EQ(find_failure_code("no_such_code"), nullptr);
}

// On the wire and in databases: none is renamed, and none is missing from the table.
TEST(FailureCodes, AreAllInTheTable) {
  EXPECT_GE(std::size(kFailureCodes), 54U);
  EXPECT_EQ(kFailureCodes[0].name, "bad_job");
  for (const FailureCode* code : {&failure::kBadJob, &failure::kChallengeWrong, &failure::kWithheld,
                                  &failure::kInternalError}) {
    const FailureCode* found = find_failure_code(code->name);
    ASSERT_NE(found, nullptr) << code->name;
    EXPECT_EQ(found->hresult, code->hresult);
  }
}

TEST(FailureCodes, CarryTheHresultIntoTheOutcome) {
  const Failed outcome = failed(failure::kWeakKey, "1024 bits");
  EXPECT_EQ(outcome.code, "weak_key");
  EXPECT_EQ(static_cast<std::uint32_t>(outcome.hresult), 0x80094811U);
}

TEST(RevocationReasons, AreThoseOfRfc5280) {
  for (const std::int64_t value : {0, 1, 2, 3, 4, 5, 6, 8, 9, 10}) {
    const auto reason = revocation_reason(value);
    ASSERT_TRUE(reason.has_value()) << value;
    EXPECT_EQ(static_cast<std::int64_t>(*reason), value);
    EXPECT_NE(to_string(*reason), "unknown");
  }
  for (const std::int64_t value : {-1, 7, 11, 256}) EXPECT_FALSE(revocation_reason(value)) << value;
}

TEST(IdempotencyKeys, DifferWhereverTheJobKeyDiffers) {
  JobKey base;
  base.instance = "ab";
  base.id = "c";
  JobKey shifted = base;  // the same letters, divided otherwise
  shifted.instance = "a";
  shifted.id = "bc";
  JobKey digest = base;
  digest.digest[0] = 1;
  JobKey source = base;
  source.source = JobSource::local;
  const std::set<IdempotencyKey> keys{idempotency_key(base), idempotency_key(shifted),
                                      idempotency_key(digest), idempotency_key(source)};
  EXPECT_EQ(keys.size(), 4U);
  EXPECT_EQ(idempotency_key(base), idempotency_key(JobKey(base)));
}

}  // namespace
}  // namespace certconnector::core
