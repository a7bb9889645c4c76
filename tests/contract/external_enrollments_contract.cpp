#include "tests/contract/ledger_contract.h"

namespace certconnector::contract {
namespace {

using core::ChallengeConflict;
using core::ExternalCompletion;
using core::JobState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

core::ExternalSearch transaction_search() { return {"phones", "transaction", {}, {}, 10}; }

TEST_P(ExternalEnrollmentsContract, ItsJobWaitsAndNoRunnerTakesIt) {
  const auto ticket = begun(external_request("c", 1, "job-1")).ticket;
  ledgers_->restart();
  EXPECT_EQ(state("job-1"), JobState::waiting);
  const core::CaFingerprint ca = external_request("c", 1, "").job.job.ca;
  EXPECT_THAT(ledgers_->jobs().claim({ca, 10, "life-2", at(100000), at(100001)}).value(),
              IsEmpty());
  const auto found = ledgers_->external().external(transaction_search()).value();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].ticket.value, ticket.value);
  EXPECT_EQ(found[0].public_key, external_request("c", 1, "").key.public_key);
  EXPECT_EQ(found[0].job.key.id, "job-1");
  EXPECT_EQ(found[0].job.deadline, at(1000));
  EXPECT_EQ(found[0].state, JobState::waiting);
  EXPECT_EQ(found[0].begun, at(0));
  EXPECT_FALSE(found[0].outcome);
}

TEST_P(ExternalEnrollmentsContract, SearchesByTransactionAndKeyNewestFirst) {
  for (const std::uint8_t key : std::vector<std::uint8_t>{1, 2, 1}) {
    const std::string name = std::to_string(list().size());
    begun(external_request("c" + name, key, "job-" + name));
  }
  begun(request("own", 1, "own"));
  const auto ids = [this](const core::ExternalSearch& search) {
    std::vector<std::string> all;
    const auto found = ledgers_->external().external(search).value();
    for (const auto& one : found) all.push_back(one.job.key.id);
    return all;
  };
  core::ExternalSearch search = transaction_search();
  EXPECT_THAT(ids(search), ElementsAre("job-2", "job-1", "job-0"));
  search.max = 2;
  EXPECT_THAT(ids(search), ElementsAre("job-2", "job-1"));
  search.after = ledgers_->external().external(search).value().back().ticket;
  EXPECT_THAT(ids(search), ElementsAre("job-0"));
  search = transaction_search();
  search.public_key = external_request("", 1, "").key.public_key;
  EXPECT_THAT(ids(search), ElementsAre("job-2", "job-0"));
  search.service = "tablets";
  EXPECT_THAT(ids(search), IsEmpty());
  search = transaction_search();
  search.transaction_id = "other";
  EXPECT_THAT(ids(search), IsEmpty());
}

// The table of external_rules.h, in every state that a job of others can have.
TEST_P(ExternalEnrollmentsContract, WhatNewsDoesInEveryState) {
  struct State {
    const char* name;
    std::function<void(core::JobTicket)> bring;
    JobState state;
  };
  const std::vector<State> states{
      {"waiting", [](core::JobTicket) {}, JobState::waiting},
      {"held", [this](core::JobTicket t) { complete(t, core::Hold{"silence"}); }, JobState::held},
      {"succeeded", [this](core::JobTicket t) { complete(t, certificate("first")); },
       JobState::succeeded},
      {"failed", [this](core::JobTicket t) { complete(t, denied()); }, JobState::failed},
      {"dead", [this](core::JobTicket) { ASSERT_TRUE(ledgers_->jobs().expire(at(1000), 9).ok()); },
       JobState::dead},
      {"canceled",
       [this](core::JobTicket t) { ASSERT_TRUE(ledgers_->jobs().cancel(t, at(4), "root").ok()); },
       JobState::canceled},
      {"reported",
       [this](core::JobTicket t) {
         complete(t, denied());
         acknowledge(t);
       },
       JobState::reported},
  };
  struct News {
    const char* name;
    core::ExternalOutcome news;
    ExternalCompletion open;
    JobState becomes;  // of a waiting one
    ExternalCompletion held;
    JobState held_becomes;
    ExternalCompletion finished;
  };
  const std::vector<News> all{
      {"issued", certificate("cert"), ExternalCompletion::taken, JobState::succeeded,
       ExternalCompletion::taken, JobState::succeeded, ExternalCompletion::late},
      {"failed", denied(), ExternalCompletion::taken, JobState::failed, ExternalCompletion::taken,
       JobState::failed, ExternalCompletion::stands},
      {"pending", core::StillUnderWay{"pending", at(5000)}, ExternalCompletion::taken,
       JobState::waiting, ExternalCompletion::taken, JobState::held, ExternalCompletion::stands},
      {"hold", core::Hold{"nothing heard"}, ExternalCompletion::taken, JobState::held,
       ExternalCompletion::stands, JobState::held, ExternalCompletion::stands},
  };
  for (const State& one : states) {
    for (const News& news : all) {
      SCOPED_TRACE(std::string(one.name) + ", " + news.name);
      ledgers_ = GetParam().make();
      const auto ticket = begun(external_request("c", 1, "job-1")).ticket;
      one.bring(ticket);
      ASSERT_EQ(state("job-1"), one.state);
      ledgers_->restart();
      const bool waits = one.state == JobState::waiting;
      const bool held = one.state == JobState::held;
      EXPECT_EQ(complete(ticket, news.news, at(1001)), waits  ? news.open
                                                       : held ? news.held
                                                              : news.finished);
      EXPECT_EQ(state("job-1"), waits ? news.becomes : held ? news.held_becomes : one.state);
    }
  }
}

TEST_P(ExternalEnrollmentsContract, TheCertificateThatItHasIsNoNews) {
  const auto ticket = begun(external_request("c", 1, "job-1")).ticket;
  complete(ticket, certificate("cert"));
  EXPECT_EQ(complete(ticket, certificate("cert")), ExternalCompletion::stands);
  EXPECT_THAT(reports(), SizeIs(1));
  EXPECT_EQ(complete(ticket, certificate("another")), ExternalCompletion::late);
  EXPECT_EQ(complete(ticket, certificate("another")), ExternalCompletion::stands) << "told again";
  EXPECT_THAT(reports(), SizeIs(2));
}

TEST_P(ExternalEnrollmentsContract, ALateCertificateIsRecordedAndUsesTheChallengeUp) {
  const auto ticket = begun(external_request("c", 1, "job-1")).ticket;
  complete(ticket, denied());
  EXPECT_EQ(complete(ticket, certificate("cert"), at(6)), ExternalCompletion::late);
  ledgers_->restart();
  EXPECT_EQ(state("late-1"), JobState::succeeded);
  EXPECT_EQ(state("job-1"), JobState::failed);
  EXPECT_EQ(refused(external_request("c", 2, "job-2")), ChallengeConflict::challenge_used);
  const auto all = reports();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[1].key.id, "late-1");
  ASSERT_TRUE(all[1].enrollment);
  EXPECT_TRUE(all[1].enrollment->external);
  EXPECT_EQ(all[1].enrollment->challenge, "c");
  EXPECT_EQ(all[1].enrollment->device, "device-1");
  EXPECT_EQ(all[1].enrollment->requested, at(6));
}

TEST_P(ExternalEnrollmentsContract, ALateCertificateTakesNobodyElsesChallenge) {
  const auto first = begun(external_request("c", 1, "job-1")).ticket;
  complete(first, denied());
  const auto other = begun(external_request("c", 2, "job-2"), at(6)).ticket;
  EXPECT_EQ(complete(first, certificate("cert"), at(7)), ExternalCompletion::late);
  EXPECT_EQ(begun(external_request("c", 2, "job-3"), at(8)).ticket.value, other.value);
  EXPECT_EQ(complete(other, certificate("other"), at(9)), ExternalCompletion::taken);
}

TEST_P(ExternalEnrollmentsContract, OfOneThatSucceededTheFirstKeepsTheChallenge) {
  const core::NewEnrollment asked = external_request("c", 1, "job-1");
  const auto first = begun(asked).ticket;
  complete(first, certificate("cert"));
  EXPECT_EQ(complete(first, certificate("second")), ExternalCompletion::late);
  const auto answer = begun(asked);
  EXPECT_EQ(answer.ticket.value, first.value);
  EXPECT_EQ(refused(external_request("c", 2, "job-2")), ChallengeConflict::challenge_used);
}

TEST_P(ExternalEnrollmentsContract, WhatIsPendingIsAskedAfterLaterAndLivesAsLong) {
  const auto ticket = begun(external_request("c", 1, "job-1")).ticket;
  complete(ticket, core::StillUnderWay{"pending at NDES", at(5000)});
  ledgers_->restart();
  EXPECT_THAT(ledgers_->external().overdue(at(4999), 10).value(), IsEmpty());
  EXPECT_THAT(ledgers_->external().overdue(at(5000), 10).value(), SizeIs(1));
  EXPECT_EQ(ledgers_->jobs().expire(at(4999), 10).value(), 0U);
  EXPECT_EQ(ledgers_->jobs().expire(at(5000), 10).value(), 1U);
}

TEST_P(ExternalEnrollmentsContract, WhatWaitsTooLongIsOverdueTheOldestFirst) {
  core::NewEnrollment later = external_request("c1", 1, "later");
  later.job.external = at(950);
  begun(later);
  begun(external_request("c2", 2, "sooner"));
  const auto held = begun(external_request("c3", 3, "held")).ticket;
  complete(held, core::Hold{"nothing heard"});
  core::ExternalEnrollments& external = ledgers_->external();
  EXPECT_THAT(external.overdue(at(899), 10).value(), IsEmpty());
  EXPECT_THAT(external.overdue(at(900), 10).value(), SizeIs(1));
  const auto all = external.overdue(at(950), 10).value();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].job.key.id, "sooner");
  EXPECT_EQ(all[1].job.key.id, "later");
  EXPECT_THAT(external.overdue(at(950), 1).value(), SizeIs(1));
}

TEST_P(ExternalEnrollmentsContract, ItIsForTheAgentOrForOthersAndNeverBoth) {
  begun(request("c", 1, "job-1"));
  EXPECT_EQ(refused(external_request("c", 1, "job-2")), ChallengeConflict::challenge_in_use);
  begun(external_request("d", 1, "job-3"));
  EXPECT_EQ(refused(request("d", 1, "job-4")), ChallengeConflict::challenge_in_use);
}

TEST_P(ExternalEnrollmentsContract, ACertificateOfNoKnownRequestIsRecordedOnce) {
  core::NewEnrollment unknown = external_request("", 1, "job-1");
  unknown.job.job.deadline.reset();
  core::ExternalEnrollments& external = ledgers_->external();
  EXPECT_EQ(external.record(unknown, certificate("cert"), at(5)).value(),
            ExternalCompletion::taken);
  EXPECT_EQ(state("job-1"), JobState::succeeded);
  const auto ticket = ledgers_->jobs().find("job-1").value().front().ticket;
  EXPECT_EQ(ledgers_->jobs().history(ticket).value().back().kind, "unverified");
  unknown.job.job.key.id = "job-2";
  EXPECT_EQ(external.record(unknown, certificate("cert"), at(6)).value(),
            ExternalCompletion::stands);
  EXPECT_THAT(reports(), SizeIs(1));
}

TEST_P(ExternalEnrollmentsContract, NeitherTheAgentsOwnJobsNorUnknownOnesAreCompleted) {
  const auto own = begun(request("c", 1, "job-1")).ticket;
  core::ExternalEnrollments& external = ledgers_->external();
  EXPECT_THAT(external.external(transaction_search()).value(), IsEmpty());
  for (const core::JobTicket ticket : {own, core::JobTicket{999}}) {
    const auto told = external.complete(ticket, denied(), "late-1", at(5));
    ASSERT_FALSE(told.ok());
    EXPECT_EQ(told.error().kind(), ErrorKind::permanent);
  }
  EXPECT_EQ(state("job-1"), JobState::queued);
}

TEST_P(ExternalEnrollmentsContract, ItsHistoryTellsNewWordsAlone) {
  const auto ticket = begun(external_request("c", 1, "job-1")).ticket;
  for (int i = 0; i < 2; ++i) complete(ticket, core::StillUnderWay{"pending", at(5000)});
  complete(ticket, core::Hold{"nothing heard"});
  std::vector<std::string> told;
  const auto history = ledgers_->jobs().history(ticket).value();
  for (const auto& event : history) {
    told.push_back(event.kind + ": " + event.message);
  }
  EXPECT_THAT(told, ElementsAre("pending: pending", "held: nothing heard"));
}

}  // namespace
}  // namespace certconnector::contract
