#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using core::JobState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct VerdictCase {
  const char* name;
  core::Verdict verdict;
  JobState leads_to;
  bool to_be_reported;
};

class VerdictTest : public QueueTest, public ::testing::WithParamInterface<VerdictCase> {};

TEST_P(VerdictTest, LeadsToItsState) {
  insert(issue_job("a"));
  settle(claim_one(), GetParam().verdict);
  EXPECT_EQ(state("a"), GetParam().leads_to);
  EXPECT_EQ(unreported().size(), GetParam().to_be_reported ? 1U : 0U);
  EXPECT_EQ(count(GetParam().leads_to), 1U);
  EXPECT_EQ(count(JobState::running), 0U);
  reopen();
  EXPECT_EQ(state("a"), GetParam().leads_to);
}

TEST_P(VerdictTest, IsPassedOverForAJobThatIsNotRunning) {
  insert(issue_job("a"));
  const auto ticket = claim_one();
  settle(ticket, core::Hold{"wait"});
  settle(ticket, GetParam().verdict);
  EXPECT_EQ(state("a"), JobState::held);
}

INSTANTIATE_TEST_SUITE_P(
    Verdicts, VerdictTest,
    ::testing::Values(
        VerdictCase{"issued", core::Finish{issued("c")}, JobState::succeeded, true},
        VerdictCase{"revoked", core::Finish{core::Revoked{at(1), true}}, JobState::succeeded, true},
        VerdictCase{"failed", core::Finish{core::failed(core::failure::kWeakKey, "weak")},
                    JobState::failed, true},
        VerdictCase{"dead", core::Die{core::failed(core::failure::kAttemptsUsedUp, "no more")},
                    JobState::dead, true},
        VerdictCase{"retry", core::RetryLater{at(9), {}, "ca_unavailable", "down"},
                    JobState::queued, false},
        VerdictCase{"pending", core::WaitForCa{"17", at(9)}, JobState::waiting, false},
        VerdictCase{"approval", core::WaitForApproval{"ask"}, JobState::waiting, false},
        VerdictCase{"held", core::Hold{"in doubt"}, JobState::held, false},
        VerdictCase{"lease_lost", core::LeaseLost{"gone"}, JobState::canceled, false}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(QueueTest, AnUnknownTicketIsPassedOver) {
  const Status settled =
      store_->settle({{core::JobTicket{12345}, core::Hold{"nothing"}}}, kOwner, at(1));
  EXPECT_TRUE(settled.ok());
}

TEST_F(QueueTest, OutcomesComeBackAsTheyWere) {
  ASSERT_TRUE(store_->insert({issue_job("i"), revoke_job("r"), issue_job("f")}, at(0)).ok());
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 3U);
  core::Issued certificate = issued("der");
  certificate.note = "shortened";
  settle(claimed[0].ticket, core::Finish{core::Revoked{at(-3), true}});
  settle(claimed[1].ticket, core::Finish{certificate});
  settle(claimed[2].ticket, core::Finish{core::Failed{"some_code", -2146893813, "Why ä"}});
  const auto revoked = std::get<core::Revoked>(*record("r").outcome);
  EXPECT_EQ(revoked.at, at(-3));
  EXPECT_TRUE(revoked.already);
  const auto got = std::get<core::Issued>(*record("i").outcome);
  EXPECT_EQ(got.certificate.certificate, certificate.certificate.certificate);
  EXPECT_EQ(got.certificate.serial, certificate.certificate.serial);
  EXPECT_EQ(got.certificate.not_before, at(0));
  EXPECT_EQ(got.certificate.not_after, at(86400));
  EXPECT_EQ(got.note, "shortened");
  const auto failure = std::get<core::Failed>(*record("f").outcome);
  EXPECT_EQ(failure.code, "some_code");
  EXPECT_EQ(failure.hresult, -2146893813);
  EXPECT_EQ(failure.message, "Why ä");
}

TEST_F(QueueTest, ARetryThatAsksTheCaFirstComesAsInterrupted) {
  insert(issue_job("a"));
  core::RetryLater retry{at(1), {}, "in_doubt", "cut off"};
  retry.ask_ca_first = true;
  settle(claim_one(), retry);
  auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_TRUE(claimed[0].interrupted);
  retry.ask_ca_first = false;
  settle(claimed[0].ticket, retry);
  claimed = claim();
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_FALSE(claimed[0].interrupted);
}

TEST_F(QueueTest, AnAttemptThatNeverReachedTheCaIsNotCounted) {
  insert(issue_job("a"));
  core::RetryLater retry{at(1), {}, "ca_unavailable", "breaker open"};
  retry.count_attempt = false;
  settle(claim_one(), retry);
  EXPECT_EQ(record("a").attempts, 0);
  EXPECT_EQ(record("a").last_code, "ca_unavailable");
  EXPECT_EQ(record("a").last_message, "breaker open");
  EXPECT_THAT(history_kinds("a"), IsEmpty());
}

TEST_F(QueueTest, TheHistoryTellsOfWhatWentWrongOnly) {
  insert(issue_job("smooth"));
  settle(claim_one(), core::Finish{issued("c")});
  acknowledge(record("smooth").ticket);
  EXPECT_THAT(history_kinds("smooth"), IsEmpty());
  insert(issue_job("rough"));
  settle(claim_one(), core::RetryLater{at(1), {}, "ca_unavailable", "down"});
  settle(claim_one(), core::Hold{"in doubt"});
  EXPECT_THAT(history_kinds("rough"), ElementsAre("retry", "held"));
}

TEST_F(QueueTest, AFinishedLocalJobIsFinalAndNotReported) {
  ASSERT_TRUE(store_->insert({local_job("good"), local_job("bad")}, at(0)).ok());
  const auto claimed = claim();
  settle(claimed[0].ticket, core::Finish{core::Revoked{at(1), false}});
  settle(claimed[1].ticket,
         core::Finish{core::failed(core::failure::kCertificateNotFound, "unknown")});
  EXPECT_THAT(unreported(), IsEmpty());
  EXPECT_EQ(state("good"), JobState::reported);
  EXPECT_EQ(record("good").ended_as, JobState::succeeded);
  EXPECT_EQ(record("bad").ended_as, JobState::failed);
  EXPECT_FALSE(store_->retry(record("good").ticket, at(5), "root").ok());
  EXPECT_TRUE(store_->retry(record("bad").ticket, at(5), "root").ok()) << "nobody was told";
  EXPECT_EQ(*store_->purge(at(1000), 10), 1U);
  EXPECT_EQ(state("bad"), JobState::queued);
}

}  // namespace
}  // namespace certconnector::store
