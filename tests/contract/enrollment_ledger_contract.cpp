#include "tests/contract/ledger_contract.h"

namespace certconnector::contract {
namespace {

using core::ChallengeConflict;
using core::EnrollmentStanding;
using core::JobState;
using ::testing::IsEmpty;
using ::testing::SizeIs;

enum class Answer { begins, stands, begins_again, challenge_used };

struct BeginRow {
  Before before;
  bool external;
  Answer own_challenge;
  Answer shared_right;
};
// Every state of a known enrollment, of those that the agent carries out and of external ones.
const std::vector<BeginRow> kBeginTable{
    {Before::nothing, false, Answer::begins, Answer::begins},
    {Before::under_way, false, Answer::stands, Answer::stands},
    {Before::succeeded, false, Answer::stands, Answer::stands},
    {Before::failed, false, Answer::begins_again, Answer::begins_again},
    {Before::gone, false, Answer::challenge_used, Answer::begins_again},
    {Before::nothing, true, Answer::begins, Answer::begins},
    {Before::under_way, true, Answer::stands, Answer::stands},
    {Before::succeeded, true, Answer::stands, Answer::stands},
    {Before::failed, true, Answer::begins_again, Answer::begins_again},
    {Before::unknown, true, Answer::stands, Answer::begins_again},
    {Before::gone, true, Answer::challenge_used, Answer::begins_again},
};

TEST_P(EnrollmentLedgerContract, EveryCombinationOfKnownAndNew) {
  for (const BeginRow& row : kBeginTable) {
    for (const std::string challenge : {"c", ""}) {
      SCOPED_TRACE("before " + std::to_string(static_cast<int>(row.before)) + ", challenge '" +
                   challenge + "', external " + std::to_string(row.external));
      ledgers_ = GetParam().make();
      const auto make = row.external ? external_request : request;
      core::JobTicket before;
      if (row.before != Before::nothing) before = bring(row.before, make(challenge, 1, "job-1"));
      ledgers_->restart();
      const Answer answer = challenge.empty() ? row.shared_right : row.own_challenge;
      const core::NewEnrollment again = make(challenge, 1, "job-2");
      if (answer == Answer::challenge_used) {
        EXPECT_EQ(refused(again, at(1001)), ChallengeConflict::challenge_used);
        continue;
      }
      const EnrollmentStanding standing = begun(again, at(1001));
      const bool stands = answer == Answer::stands;
      EXPECT_EQ(standing.begun, !stands);
      EXPECT_EQ(standing.ticket.value == before.value, stands);
      ASSERT_THAT(list(), SizeIs(1));
      EXPECT_EQ(list()[0].attempts, answer == Answer::begins_again ? 2 : 1);
      EXPECT_EQ(list()[0].at, stands ? at(0) : at(1001));
    }
  }
}

TEST_P(EnrollmentLedgerContract, ADenialStandsUntilItsJobIsGone) {
  const core::NewEnrollment wrong = refusal(request("c", 1, "job-1"), denied());
  const EnrollmentStanding first = begun(wrong);
  EXPECT_FALSE(first.begun);
  EXPECT_EQ(first.state, JobState::failed);
  EXPECT_EQ(std::get<core::Failed>(*first.outcome).code, "denied_by_ca");
  const EnrollmentStanding again = begun(refusal(request("c", 1, "job-2"), denied()));
  EXPECT_EQ(again.ticket.value, first.ticket.value);
  EXPECT_THAT(reports(), SizeIs(1));
  forget_jobs();
  const EnrollmentStanding anew = begun(refusal(request("c", 1, "job-3"), denied()), at(600));
  EXPECT_NE(anew.ticket.value, first.ticket.value);
  EXPECT_TRUE(anew.outcome);
}

TEST_P(EnrollmentLedgerContract, ADenialIsAnotherByReasonAndChallenge) {
  const EnrollmentStanding first = begun(refusal(request("c", 1, "job-1"), denied()));
  const auto other_reason = core::failed(core::failure::kSubjectMismatch, "no");
  EXPECT_NE(begun(refusal(request("c", 1, "job-2"), other_reason)).ticket.value,
            first.ticket.value);
  core::NewEnrollment other_challenge = refusal(request("c", 1, "job-3"), denied());
  other_challenge.challenge = "d";
  EXPECT_NE(begun(other_challenge).ticket.value, first.ticket.value);
  core::NewEnrollment other_request = refusal(request("c", 1, "job-4"), denied());
  other_request.request.fill(9);
  EXPECT_EQ(begun(other_request).ticket.value, first.ticket.value);
  EXPECT_TRUE(begun(request("c", 2, "job-5")).begun) << "refusals hold no challenge";
}

// The table of core/ports/enrollment_ledger.h; for denied requests see
// ADenialIsAnotherByReasonAndChallenge.
TEST_P(EnrollmentLedgerContract, WhatMakesTwoRequestsTheSame) {
  struct Part {
    const char* name;
    void (*change)(core::NewEnrollment&);
    bool own_challenge;  // whether it makes another enrollment
    bool shared_right;
    bool external;
  };
  const std::vector<Part> parts{
      {"nothing", [](core::NewEnrollment&) {}, false, false, false},
      {"transaction", [](core::NewEnrollment& one) { one.key.transaction_id = "t"; }, true, true,
       true},
      {"key", [](core::NewEnrollment& one) { one.key.public_key.fill(9); }, true, true, true},
      {"right", [](core::NewEnrollment& one) { one.right.fill(9); }, true, true, true},
      {"request", [](core::NewEnrollment& one) { one.request.fill(9); }, false, true, true},
      {"template",
       [](core::NewEnrollment& one) {
         std::get<core::IssueRequest>(one.job.job.request).template_name = "administrator";
       },
       false, false, true},
      {"device", [](core::NewEnrollment& one) { one.device = "x"; }, false, false, false},
      {"subject", [](core::NewEnrollment& one) { one.subject = "CN=x"; }, false, false, false},
  };
  for (const Part& part : parts) {
    SCOPED_TRACE(part.name);
    for (const int kind : {0, 1, 2}) {
      ledgers_ = GetParam().make();
      core::NewEnrollment first = kind == 0   ? request("c", 1, "job-1")
                                  : kind == 1 ? request("", 1, "job-1")
                                              : external_request("", 1, "job-1");
      const EnrollmentStanding standing = begun(first);
      part.change(first);
      first.job.job.key.id = "job-2";
      const bool another = kind == 0   ? part.own_challenge
                           : kind == 1 ? part.shared_right
                                       : part.external;
      const core::BeginAnswer answer = begin(first);
      if (kind == 0 && another) {
        EXPECT_EQ(std::get<ChallengeConflict>(answer), ChallengeConflict::challenge_in_use);
        continue;
      }
      EXPECT_EQ(std::get<EnrollmentStanding>(answer).begun, another) << kind;
      EXPECT_EQ(std::get<EnrollmentStanding>(answer).ticket.value == standing.ticket.value,
                !another)
          << kind;
    }
  }
}

TEST_P(EnrollmentLedgerContract, AnotherRequestGetsAChallengeByWhatBecameOfTheFirst) {
  const auto refused_after = [this](Before before) {
    ledgers_ = GetParam().make();
    const auto make = before == Before::unknown ? external_request : request;
    bring(before, make("c", 1, "job-1"));
    ledgers_->restart();
    return refused(request("c", 2, "job-2"), at(1001));
  };
  EXPECT_EQ(refused_after(Before::under_way), ChallengeConflict::challenge_in_use);
  EXPECT_EQ(refused_after(Before::succeeded), ChallengeConflict::challenge_used);
  EXPECT_EQ(refused_after(Before::unknown), ChallengeConflict::challenge_used);
  EXPECT_EQ(refused_after(Before::gone), ChallengeConflict::challenge_used);
  EXPECT_EQ(refused_after(Before::failed), std::nullopt);
  EXPECT_EQ(refused(request("c", 1, "job-3"), at(1002)), ChallengeConflict::challenge_in_use)
      << "the first one has lost it";
}

TEST_P(EnrollmentLedgerContract, AnExpiredCertificateStandsOnlyForAnOwnChallenge) {
  const EnrollmentStanding shared = begun(request("", 1, "job-1"));
  end(certificate("cert", at(500)));
  const EnrollmentStanding single = begun(request("c", 1, "job-2"));
  end(certificate("other", at(500)));
  EXPECT_EQ(begun(request("", 1, "job-3"), at(499)).ticket.value, shared.ticket.value);
  const EnrollmentStanding anew = begun(request("", 1, "job-3"), at(500));
  EXPECT_TRUE(anew.begun);
  EXPECT_EQ(begun(request("", 1, "job-4"), at(500)).ticket.value, anew.ticket.value);
  EXPECT_EQ(begun(request("c", 1, "job-4"), at(500)).ticket.value, single.ticket.value);
  const auto records = list();
  ASSERT_THAT(records, SizeIs(3)) << "what had a certificate is still told of";
  EXPECT_EQ(records[0].attempts, 1) << "it is no other attempt";
}

TEST_P(EnrollmentLedgerContract, OneCallTakesTheFirstOfManyInOrder) {
  std::vector<core::NewEnrollment> all;
  for (std::uint8_t key = 1; key <= 5; ++key) {
    all.push_back(request("c", key, "job-" + std::to_string(key)));
  }
  const auto answers = ledgers_->enrollments().begin(all, at(0));
  ASSERT_TRUE(answers.ok());
  EXPECT_TRUE(std::get<EnrollmentStanding>(answers->at(0)).begun);
  for (std::size_t i = 1; i < answers->size(); ++i) {
    EXPECT_EQ(std::get<ChallengeConflict>(answers->at(i)), ChallengeConflict::challenge_in_use);
  }
  EXPECT_THAT(ledgers_->jobs().list({}).value(), SizeIs(1));
}

TEST_P(EnrollmentLedgerContract, FindsTheNewestThatAnswersForTheTransaction) {
  const core::NewEnrollment wanted = request("c", 1, "job-1");
  EXPECT_FALSE(find(wanted.key));
  const EnrollmentStanding first = begun(wanted);
  core::NewEnrollment wrong = refusal(request("", 1, "job-2"), denied());
  begun(wrong);
  EXPECT_EQ(find(wanted.key)->ticket.value, first.ticket.value) << "under way";
  EXPECT_FALSE(find(wanted.key)->outcome);
  end(certificate("cert"));
  EXPECT_EQ(find(wanted.key)->ticket.value, first.ticket.value) << "issued";
  EXPECT_TRUE(std::holds_alternative<core::Issued>(*find(wanted.key)->outcome));
  EXPECT_FALSE(find(request("c", 2, "").key)) << "another key";

  begun(request("d", 1, "job-3"), at(3));
  end(denied(), at(4));
  EXPECT_TRUE(std::holds_alternative<core::Failed>(*find(wanted.key)->outcome))
      << "a newer one that failed hides the certificate";
}

TEST_P(EnrollmentLedgerContract, FindsADenialOnlyWhereNothingBetterWasBegun) {
  begun(request("c", 1, "job-1"));
  end(denied());
  const EnrollmentStanding newest = begun(refusal(request("", 1, "job-2"), denied()));
  EXPECT_EQ(find(request("c", 1, "").key)->ticket.value, newest.ticket.value);
  forget_jobs();
  EXPECT_FALSE(find(request("c", 1, "").key));
}

TEST_P(EnrollmentLedgerContract, ACertificateThatTheEndpointDeniesIsWithheld) {
  for (const auto verdict : {core::ReportVerdict::accepted, core::ReportVerdict::duplicate,
                             core::ReportVerdict::superseded, core::ReportVerdict::refused}) {
    ledgers_ = GetParam().make();
    const core::NewEnrollment wanted = request("c", 1, "job-1");
    const EnrollmentStanding standing = begun(wanted);
    end(certificate("cert"));
    EXPECT_FALSE(find(wanted.key)->withheld);
    acknowledge(standing.ticket, verdict);
    const bool is_refused =
        verdict == core::ReportVerdict::superseded || verdict == core::ReportVerdict::refused;
    EXPECT_EQ(find(wanted.key)->withheld, is_refused);
    EXPECT_EQ(begun(wanted, at(11)).withheld, is_refused);
    EXPECT_EQ(find(wanted.key)->state, JobState::reported);
  }
}

TEST_P(EnrollmentLedgerContract, AReportSaysWhatTheEnrollmentWas) {
  begun(request("c", 1, "job-1"), at(1));
  end(certificate("cert"));
  const auto all = reports();
  ASSERT_THAT(all, SizeIs(1));
  ASSERT_TRUE(all[0].enrollment);
  EXPECT_EQ(all[0].enrollment->transaction_id, "transaction");
  EXPECT_EQ(all[0].enrollment->challenge, "c");
  EXPECT_EQ(all[0].enrollment->device, "device-1");
  EXPECT_EQ(all[0].enrollment->subject, "CN=Phone 1");
  EXPECT_EQ(all[0].enrollment->requested, at(1));
  EXPECT_FALSE(all[0].enrollment->external);
}

TEST_P(EnrollmentLedgerContract, AnUnreportedJobIsFinalAtOnce) {
  core::NewEnrollment quiet = request("", 1, "job-1");
  quiet.job.report = false;
  begun(quiet);
  end(certificate("cert"));
  EXPECT_THAT(reports(), IsEmpty());
  EXPECT_EQ(state("job-1"), JobState::reported);
  EXPECT_TRUE(find(quiet.key)->outcome);
}

TEST_P(EnrollmentLedgerContract, AnotherAttemptHasItsOwnWordsAndKeepsTheOldRow) {
  const EnrollmentStanding first = begun(request("c", 1, "job-1"));
  end(denied());
  core::NewEnrollment again = request("c", 1, "job-2");
  again.device = "device-9";
  again.subject = "CN=Phone 9";
  begun(again, at(3));
  const auto records = list();
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].attempts, 2);
  EXPECT_EQ(records[0].job, "job-2");
  EXPECT_EQ(records[0].device, "device-9");
  EXPECT_EQ(records[0].subject, "CN=Phone 9");
  core::EnrollmentFilter of_first;
  of_first.ticket = first.ticket;
  ASSERT_THAT(list(of_first), SizeIs(1));
  EXPECT_EQ(list(of_first)[0].job, "job-1");
}

TEST_P(EnrollmentLedgerContract, ListsByWhatPeopleKnowNewestFirst) {
  begun(request("c1", 1, "job-1"));
  core::NewEnrollment second = request("c2", 2, "job-2");
  second.key.transaction_id = "t2";
  begun(second);
  struct Row {
    core::EnrollmentFilter filter;
    std::vector<std::string> jobs;
  };
  std::vector<Row> rows(9);
  rows[0].jobs = {"job-2", "job-1"};
  rows[1] = {{}, {"job-2"}};
  rows[1].filter.transaction_id = "t2";
  rows[2] = {{}, {"job-1"}};
  rows[2].filter.device = "device-1";
  rows[3] = {{}, {"job-2"}};
  rows[3].filter.subject = "phone 2";
  rows[4] = {{}, {"job-1"}};
  rows[4].filter.challenge = "c1";
  rows[5].filter.service = "tablets";
  rows[6] = {{}, {"job-1"}};
  rows[6].filter.after = list()[0].ticket;
  rows[7] = {{}, {"job-2"}};
  rows[7].filter.limit = 1;
  rows[8].filter.device = "device-1";
  rows[8].filter.challenge = "c2";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<std::string> jobs;
    for (const auto& record : list(rows[i].filter)) jobs.push_back(record.job);
    EXPECT_EQ(jobs, rows[i].jobs) << "row " << i;
  }
}

TEST_P(EnrollmentLedgerContract, ForgetsWhatHasNeitherAJobNorAChallengeThatCouldComeAgain) {
  core::EnrollmentLedger& ledger = ledgers_->enrollments();
  begun(request("c", 1, "job-1"));
  end(certificate("cert"));
  EXPECT_EQ(ledger.purge_enrollments(at(100000), 10).value(), 0U) << "its job is there";
  forget_jobs();
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(list()[0].job, "");
  EXPECT_EQ(ledger.purge_enrollments(at(1000), 10).value(), 0U) << "not before the end";
  EXPECT_EQ(ledger.purge_enrollments(at(1001), 0).value(), 0U);
  EXPECT_EQ(ledger.purge_enrollments(at(1001), 10).value(), 1U);
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_TRUE(begun(request("c", 2, "job-2"), at(1002)).begun);
}

TEST_P(EnrollmentLedgerContract, APersonsRetryTakesItsChallengeBack) {
  core::JobStore& jobs = ledgers_->jobs();
  const EnrollmentStanding first = begun(request("c", 1, "job-1"));
  end(denied());
  begun(request("c", 2, "job-2"), at(3));
  EXPECT_FALSE(jobs.retry(first.ticket, at(4), "root").ok()) << "another one is under way with it";
  EXPECT_EQ(state("job-1"), JobState::failed);
  end(denied(), at(5));
  ASSERT_TRUE(jobs.retry(first.ticket, at(6), "root").ok()) << "the other one has failed";
  EXPECT_EQ(refused(request("c", 2, "job-3"), at(7)), ChallengeConflict::challenge_in_use);
  end(certificate("cert"), at(8));
  EXPECT_FALSE(jobs.retry(jobs.find("job-2").value().front().ticket, at(9), "root").ok());
  EXPECT_EQ(refused(request("c", 2, "job-3"), at(9)), ChallengeConflict::challenge_used);
}

TEST_P(EnrollmentLedgerContract, APersonRetriesNoJobThatANewerOneStandsFor) {
  core::JobStore& jobs = ledgers_->jobs();
  const EnrollmentStanding first = begun(request("c", 1, "job-1"));
  end(denied());
  const EnrollmentStanding second = begun(request("c", 1, "job-2"), at(3));
  end(denied(), at(4));
  EXPECT_FALSE(jobs.retry(first.ticket, at(5), "root").ok());
  EXPECT_TRUE(jobs.retry(second.ticket, at(5), "root").ok());
}

}  // namespace
}  // namespace certconnector::contract
