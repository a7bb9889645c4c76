#include "agent/enrollment/rules/enrollment_progress.h"

#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "tests/agent/enrollment/rules/planted_rows.h"

namespace certconnector::enrollment {
namespace {

using core::JobState;

TEST(EnrollmentProgress, FollowsFromTheJob) {
  struct Row {
    JobState state;
    std::optional<JobState> ended_as;
    Progress ours;
    Progress of_others;
  };
  const std::vector<Row> rows{
      {JobState::queued, {}, Progress::under_way, Progress::under_way},
      {JobState::running, {}, Progress::under_way, Progress::under_way},
      {JobState::waiting, {}, Progress::under_way, Progress::under_way},
      {JobState::held, {}, Progress::under_way, Progress::under_way},
      {JobState::succeeded, JobState::succeeded, Progress::succeeded, Progress::succeeded},
      {JobState::failed, JobState::failed, Progress::failed, Progress::failed},
      {JobState::dead, JobState::dead, Progress::failed, Progress::unknown},
      {JobState::canceled, JobState::canceled, Progress::failed, Progress::failed},
      {JobState::reported, JobState::succeeded, Progress::succeeded, Progress::succeeded},
      {JobState::reported, JobState::failed, Progress::failed, Progress::failed},
      {JobState::reported, JobState::dead, Progress::failed, Progress::unknown},
      {JobState::reported, JobState::canceled, Progress::failed, Progress::failed},
      {JobState::reported, {}, Progress::failed, Progress::failed},
  };
  for (const Row& row : rows) {
    const auto name = core::to_string(row.state);
    EXPECT_EQ(progress_of({row.state, row.ended_as, false}), row.ours) << name;
    EXPECT_EQ(progress_of({row.state, row.ended_as, true}), row.of_others) << name;
  }
}

TEST(EnrollmentProgress, WhichOfATransactionAnswers) {
  struct Row {
    Progress progress;
    bool refused_on_arrival;
    bool has_one;
    bool takes;
    bool done;
  };
  const std::vector<Row> rows{
      {Progress::gone, false, false, false, false},
      {Progress::gone, false, true, false, false},
      {Progress::failed, true, false, true, false},
      {Progress::failed, true, true, false, false},
      {Progress::failed, false, false, true, true},
      {Progress::failed, false, true, false, true},
      {Progress::under_way, false, false, true, true},
      {Progress::under_way, false, true, true, true},
      {Progress::succeeded, false, false, true, true},
      {Progress::succeeded, false, true, true, true},
      {Progress::unknown, false, false, true, true},
      {Progress::unknown, false, true, true, true},
  };
  for (const Row& row : rows) {
    const Look look =
        look_at({row.progress, JobState::queued, row.refused_on_arrival}, row.has_one);
    EXPECT_EQ(look.takes, row.takes) << static_cast<int>(row.progress) << row.has_one;
    EXPECT_EQ(look.done, row.done) << static_cast<int>(row.progress) << row.has_one;
  }
}

TEST(EnrollmentProgress, LooksNoFurtherThanTheFirstThatWasBegun) {
  PlantedRows rows;
  rows.jobs[3] = {Progress::failed, JobState::failed, true};
  rows.jobs[2] = {Progress::succeeded, JobState::reported, false};
  rows.outcomes[2] = core::Issued{{{1}, {1}, {}, {}}, ""};
  const std::vector<KnownEnrollment> newest_first{
      {{4}, false}, {{3}, false}, {{2}, true}, {{1}, false}};
  const auto answer = answer_of(newest_first, rows).value();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->ticket.value, 2);
  EXPECT_EQ(answer->state, JobState::reported);
  EXPECT_TRUE(answer->withheld);
  EXPECT_TRUE(answer->outcome);
  EXPECT_FALSE(answer->begun);
  EXPECT_EQ(rows.asked, 4) << "three jobs and one outcome";
  EXPECT_FALSE(answer_of({{{4}, false}}, rows).value()) << "its job is gone";
}

TEST(EnrollmentProgress, IsForgottenOnceItsJobIsGoneAndItsChallengeHasEnded) {
  const Timestamp end = from_millis(1000);
  for (const Progress progress : {Progress::under_way, Progress::succeeded, Progress::failed,
                                  Progress::unknown, Progress::gone}) {
    EXPECT_FALSE(may_forget(progress, end, end));
    EXPECT_EQ(may_forget(progress, end, from_millis(1001)), progress == Progress::gone);
  }
}

}  // namespace
}  // namespace certconnector::enrollment
