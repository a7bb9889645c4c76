// What a person may do in which state: one row for each state and action.
#include "agent/store/sqlite/errors.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using core::JobState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

enum class Situation {
  queued,
  interrupted,
  running,
  pending,
  approval,
  held,
  succeeded,
  failed,
  rejected,
  dead,
  canceled,
  reported
};
enum class Action { retry, cancel, approve, deny };

struct ActionCase {
  Situation situation;
  Action action;
  std::optional<JobState> leads_to;  // none: refused
};

class AdministrationTest : public QueueTest {
 protected:
  core::JobTicket bring_to(Situation situation) {
    core::NewJob job = leased(issue_job("a"), 1, at(900));
    if (situation == Situation::rejected) job.rejection = core::failed(core::failure::kBadJob, "x");
    insert(job);
    const auto ticket = record("a").ticket;
    if (situation == Situation::queued || situation == Situation::rejected) return ticket;
    claim_one();
    settle_to(situation, ticket);
    return ticket;
  }

  Status act(Action action, core::JobTicket ticket) {
    switch (action) {
      case Action::retry:
        return store_->retry(ticket, at(20), "root");
      case Action::cancel:
        return store_->cancel(ticket, at(20), "root");
      case Action::approve:
        return store_->approve(ticket, at(20), "root");
      case Action::deny:
        return store_->deny(ticket, at(20), "root", "not ours");
    }
    return {};
  }

 private:
  void settle_to(Situation situation, core::JobTicket ticket) {
    switch (situation) {
      case Situation::queued:
      case Situation::rejected:
      case Situation::running:
        return;
      case Situation::interrupted:
        return settle(ticket, core::RetryLater{at(500), {}, "in_doubt", "", true, true});
      case Situation::pending:
        return settle(ticket, core::WaitForCa{"17", at(500)});
      case Situation::approval:
        return settle(ticket, core::WaitForApproval{"please"});
      case Situation::held:
        return settle(ticket, core::Hold{"in doubt"});
      case Situation::succeeded:
        return settle(ticket, core::Finish{issued("c")});
      case Situation::failed:
        return settle(ticket, core::Finish{core::failed(core::failure::kWeakKey, "weak")});
      case Situation::dead:
        return settle(ticket, core::Die{core::failed(core::failure::kAttemptsUsedUp, "done")});
      case Situation::canceled:
        return settle(ticket, core::LeaseLost{"gone"});
      case Situation::reported:
        settle(ticket, core::Finish{core::failed(core::failure::kWeakKey, "weak")});
        return acknowledge(ticket);
    }
  }
};

class ActionTest : public AdministrationTest, public ::testing::WithParamInterface<ActionCase> {};

TEST_P(ActionTest, IsAllowedOrRefusedByTheState) {
  const auto ticket = bring_to(GetParam().situation);
  const JobState before = state("a");
  const std::size_t events = history_kinds("a").size();
  const Status done = act(GetParam().action, ticket);
  EXPECT_EQ(done.ok(), GetParam().leads_to.has_value())
      << (done.ok() ? "" : done.error().message());
  EXPECT_EQ(state("a"), GetParam().leads_to.value_or(before));
  if (!done.ok()) {
    EXPECT_EQ(done.error().kind(), ErrorKind::permanent);
    EXPECT_EQ(done.error().code(), error_code(StoreErrc::not_allowed));
    EXPECT_EQ(history_kinds("a").size(), events) << "a refusal changes nothing";
  } else {
    EXPECT_EQ(history_kinds("a").size(), events + 1) << "who did it is in the history";
  }
}

INSTANTIATE_TEST_SUITE_P(
    States, ActionTest,
    ::testing::Values(ActionCase{Situation::queued, Action::retry, JobState::queued},
                      ActionCase{Situation::interrupted, Action::retry, JobState::queued},
                      ActionCase{Situation::running, Action::retry, {}},
                      ActionCase{Situation::pending, Action::retry, {}},
                      ActionCase{Situation::approval, Action::retry, {}},
                      ActionCase{Situation::held, Action::retry, JobState::queued},
                      ActionCase{Situation::succeeded, Action::retry, {}},
                      ActionCase{Situation::failed, Action::retry, JobState::queued},
                      ActionCase{Situation::rejected, Action::retry, {}},
                      ActionCase{Situation::dead, Action::retry, JobState::queued},
                      ActionCase{Situation::canceled, Action::retry, {}},
                      ActionCase{Situation::reported, Action::retry, {}},

                      ActionCase{Situation::queued, Action::cancel, JobState::canceled},
                      ActionCase{Situation::interrupted, Action::cancel, {}},
                      ActionCase{Situation::running, Action::cancel, {}},
                      ActionCase{Situation::pending, Action::cancel, JobState::canceled},
                      ActionCase{Situation::approval, Action::cancel, JobState::canceled},
                      ActionCase{Situation::held, Action::cancel, JobState::canceled},
                      ActionCase{Situation::succeeded, Action::cancel, {}},
                      ActionCase{Situation::failed, Action::cancel, {}},
                      ActionCase{Situation::dead, Action::cancel, {}},
                      ActionCase{Situation::canceled, Action::cancel, {}},
                      ActionCase{Situation::reported, Action::cancel, {}},

                      ActionCase{Situation::queued, Action::approve, {}},
                      ActionCase{Situation::running, Action::approve, {}},
                      ActionCase{Situation::pending, Action::approve, {}},
                      ActionCase{Situation::approval, Action::approve, JobState::queued},
                      ActionCase{Situation::held, Action::approve, {}},
                      ActionCase{Situation::reported, Action::approve, {}},

                      ActionCase{Situation::queued, Action::deny, {}},
                      ActionCase{Situation::running, Action::deny, {}},
                      ActionCase{Situation::pending, Action::deny, {}},
                      ActionCase{Situation::approval, Action::deny, JobState::failed},
                      ActionCase{Situation::held, Action::deny, {}},
                      ActionCase{Situation::reported, Action::deny, {}}));

TEST_F(AdministrationTest, ACanceledJobIsReportedAsFailed) {
  const auto ticket = bring_to(Situation::held);
  ASSERT_TRUE(act(Action::cancel, ticket).ok());
  const auto reports = unreported();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].state, JobState::canceled);
  EXPECT_EQ(std::get<core::Failed>(reports[0].outcome).code, "canceled");
  EXPECT_THAT(std::get<core::Failed>(reports[0].outcome).message, HasSubstr("root"));
  acknowledge(ticket);
  EXPECT_EQ(record("a").ended_as, JobState::canceled);
}

TEST_F(AdministrationTest, ApprovalIsRememberedForTheClaim) {
  const auto ticket = bring_to(Situation::approval);
  EXPECT_TRUE(record("a").waiting_for_approval);
  EXPECT_THAT(claim(10, at(1000)), IsEmpty());
  ASSERT_TRUE(act(Action::approve, ticket).ok());
  EXPECT_FALSE(record("a").waiting_for_approval);
  const auto claimed = claim(10, at(20));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_TRUE(claimed[0].approved);
}

TEST_F(AdministrationTest, ADenialSaysWhoAndWhy) {
  ASSERT_TRUE(act(Action::deny, bring_to(Situation::approval)).ok());
  const auto outcome = std::get<core::Failed>(*record("a").outcome);
  EXPECT_EQ(outcome.code, "denied_by_person");
  EXPECT_EQ(outcome.message, "Denied by root: not ours");
}

TEST_F(AdministrationTest, ARetryStartsWithAllAttemptsAndNoReport) {
  const auto ticket = bring_to(Situation::dead);
  ASSERT_EQ(unreported().size(), 1U);
  ASSERT_TRUE(act(Action::retry, ticket).ok());
  EXPECT_THAT(unreported(), IsEmpty());
  EXPECT_FALSE(record("a").outcome);
  EXPECT_THAT(history_kinds("a"), ElementsAre("retried"));
  const auto claimed = claim(10, at(20));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].attempt, 1);
}

TEST_F(AdministrationTest, ARetryAfterTheDeadlineIsRefusedWithTheRemedy) {
  core::NewJob job = issue_job("a");
  job.job.deadline = at(10);
  insert(job);
  ASSERT_EQ(*store_->expire(at(11), 10), 1U);
  const Status refused = store_->retry(record("a").ticket, at(12), "root");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("queue a new job"));
}

}  // namespace
}  // namespace certconnector::store
