#include "agent/enrollment/rules/external_rules.h"

#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"

namespace certconnector::enrollment {
namespace {

using core::JobState;

core::Issued certificate(std::uint8_t content) { return {{{content}, {content}, {}, {}}, ""}; }
const core::Failed kNo = core::failed(core::failure::kDeniedByCa, "no");

TEST(ExternalRules, StepsOfAReport) {
  struct Row {
    core::ExternalOutcome news;
    ExternalStep waiting;
    ExternalStep held;
    ExternalStep finished;
  };
  const std::vector<Row> table{
      {certificate(1), ExternalStep::succeeds, ExternalStep::succeeds, ExternalStep::late},
      {kNo, ExternalStep::fails, ExternalStep::fails, ExternalStep::stands},
      {core::StillUnderWay{}, ExternalStep::ask_later, ExternalStep::ask_later,
       ExternalStep::stands},
      {core::Hold{}, ExternalStep::holds, ExternalStep::stands, ExternalStep::stands},
  };
  for (const Row& row : table) {
    EXPECT_EQ(external_step(row.news, JobState::waiting), row.waiting) << row.news.index();
    EXPECT_EQ(external_step(row.news, JobState::held), row.held) << row.news.index();
    for (const JobState over : {JobState::succeeded, JobState::failed, JobState::dead,
                                JobState::canceled, JobState::reported}) {
      EXPECT_EQ(external_step(row.news, over), row.finished) << row.news.index();
    }
  }
}

TEST(ExternalRules, AStepMovesTheJobByTheTableOfJobs) {
  EXPECT_EQ(trigger_of(ExternalStep::succeeds), jobs::JobTrigger::succeeds);
  EXPECT_EQ(trigger_of(ExternalStep::fails), jobs::JobTrigger::fails);
  EXPECT_EQ(trigger_of(ExternalStep::holds), jobs::JobTrigger::is_held);
  for (const auto step : {ExternalStep::ask_later, ExternalStep::late, ExternalStep::stands}) {
    EXPECT_FALSE(trigger_of(step));
  }
}

TEST(ExternalRules, LivesAsLongAsTheAgentAsks) {
  EXPECT_FALSE(later_deadline({}, from_millis(5)));
  EXPECT_EQ(later_deadline(from_millis(4), from_millis(5)), from_millis(5));
  EXPECT_EQ(later_deadline(from_millis(6), from_millis(5)), from_millis(6));
}

TEST(ExternalRules, OnlyAWaitingJobIsOverdue) {
  const Timestamp until = from_millis(5);
  EXPECT_FALSE(is_overdue(JobState::waiting, until, from_millis(4)));
  EXPECT_TRUE(is_overdue(JobState::waiting, until, until));
  EXPECT_FALSE(is_overdue(JobState::waiting, {}, until));
  for (const JobState state : {JobState::held, JobState::succeeded, JobState::dead}) {
    EXPECT_FALSE(is_overdue(state, until, until));
  }
}

TEST(ExternalRules, ALateCertificateIsAnotherEnrollment) {
  core::NewEnrollment first;
  first.key = {"ndes", "t", {}};
  first.right.fill(1);
  first.request.fill(2);
  first.challenge = "c";
  first.device = "laptop";
  first.job.report = false;
  first.job.job.key.id = "job-1";
  first.job.job.deadline = from_millis(9);
  const core::NewEnrollment late = late_enrollment(first, certificate(1), "late-1", from_millis(7));
  EXPECT_EQ(late.right, crypto::sha256(certificate(1).certificate.certificate));
  EXPECT_EQ(late.request, crypto::Sha256{});
  EXPECT_EQ(late.challenge, "");
  EXPECT_EQ(late.key.transaction_id, "t");
  EXPECT_EQ(late.device, "laptop");
  EXPECT_FALSE(late.job.report);
  EXPECT_EQ(late.job.external, from_millis(7));
  EXPECT_EQ(late.job.job.key.id, "late-1");
  EXPECT_FALSE(late.job.job.deadline);
}

TEST(ExternalRules, TheSameCertificateIsNoNews) {
  EXPECT_TRUE(has_certificate(certificate(1), certificate(1)));
  EXPECT_FALSE(has_certificate(certificate(2), certificate(1)));
  EXPECT_FALSE(has_certificate(kNo, certificate(1)));
  EXPECT_FALSE(has_certificate({}, certificate(1)));
}

TEST(ExternalRules, WhichOneHoldsTheChallengeOfALateCertificate) {
  struct Row {
    std::optional<JobState> ended_as;
    std::optional<core::JobTicket> holder;
    bool first_releases;
    bool late_holds;
  };
  const core::JobTicket first{1};
  const core::JobTicket another{2};
  const std::vector<Row> table{
      {JobState::succeeded, first, false, false}, {JobState::succeeded, another, false, false},
      {JobState::failed, first, true, true},      {JobState::failed, {}, true, true},
      {JobState::failed, another, true, false},   {JobState::dead, first, true, true},
      {JobState::canceled, another, true, false},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    const LateChallenge answer = late_challenge(table[i].ended_as, first, table[i].holder);
    EXPECT_EQ(answer.first_releases, table[i].first_releases) << "row " << i;
    EXPECT_EQ(answer.late_holds, table[i].late_holds) << "row " << i;
  }
}

}  // namespace
}  // namespace certconnector::enrollment
