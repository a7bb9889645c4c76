// The change that each verdict of a runner makes to its job.
#include "common/crypto/pkcs10.h"
#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::JobState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct VerdictRow {
  const char* name;
  core::Verdict verdict;
  JobState leads_to;
  bool is_outcome;
};

std::vector<VerdictRow> verdicts() {
  return {
      {"issued", core::Finish{issued("c")}, JobState::succeeded, true},
      {"revoked", core::Finish{core::Revoked{at(1), true}}, JobState::succeeded, true},
      {"failed", core::Finish{core::failed(core::failure::kWeakKey, "weak")}, JobState::failed,
       true},
      {"dead", core::Die{core::failed(core::failure::kAttemptsUsedUp, "no more")}, JobState::dead,
       true},
      {"retry", core::RetryLater{at(9), {}, "ca_unavailable", "down"}, JobState::queued, false},
      {"pending", core::WaitForCa{"17", at(9)}, JobState::waiting, false},
      {"approval", core::WaitForApproval{"ask"}, JobState::waiting, false},
      {"held", core::Hold{"in doubt"}, JobState::held, false},
      {"lease_lost", core::LeaseLost{"gone"}, JobState::canceled, false},
  };
}

TEST_P(JobStoreContract, EveryVerdictLeadsToItsState) {
  for (const VerdictRow& row : verdicts()) {
    SCOPED_TRACE(row.name);
    start_anew();
    insert(issue_job("a"));
    settle(claim_one(), row.verdict);
    EXPECT_EQ(state("a"), row.leads_to);
    EXPECT_EQ(record("a").outcome.has_value(), row.is_outcome);
    EXPECT_EQ(unreported().size(), row.is_outcome ? 1U : 0U);
    EXPECT_EQ(count(row.leads_to), 1U);
    EXPECT_EQ(count(JobState::running), 0U);
    reopen();
    EXPECT_EQ(state("a"), row.leads_to);
  }
}

// Jobs that the agent does not report end for good: the agent's own jobs, and devices' jobs of
// services without reports.
TEST_P(JobStoreContract, WhatIsNotReportedIsFinalAsSoonAsItEnds) {
  for (const core::NewJob& job : {local_job("a"), device_job("a", false)}) {
    for (const VerdictRow& row : verdicts()) {
      if (!row.is_outcome) continue;
      SCOPED_TRACE(std::string(core::to_string(job.job.key.source)) + " " + row.name);
      start_anew();
      insert(job);
      settle(claim_one(), row.verdict, at(5));
      EXPECT_THAT(unreported(), IsEmpty());
      const core::JobRecord ended = record("a");
      EXPECT_EQ(ended.state, JobState::reported);
      EXPECT_EQ(ended.ended_as, row.leads_to);
      EXPECT_EQ(ended.finished, at(5));
      EXPECT_FALSE(ended.reports);
      EXPECT_FALSE(ended.reported.has_value()) << "no report was due";
      EXPECT_TRUE(ended.outcome.has_value());
    }
  }
}

TEST_P(JobStoreContract, ADevicesJobIsReportedWhereItsServiceSaysSo) {
  const auto ticket = ended(device_job("a", true), issued("c"));
  EXPECT_TRUE(record("a").reports);
  const auto reports = unreported();
  ASSERT_EQ(reports.size(), 1U);
  ASSERT_TRUE(reports[0].enrollment.has_value());
  EXPECT_EQ(reports[0].enrollment->service, "default");
  acknowledge(ticket);
  EXPECT_EQ(state("a"), JobState::reported);
}

TEST_P(JobStoreContract, AVerdictIsPassedOverForAJobThatIsNotRunning) {
  for (const VerdictRow& row : verdicts()) {
    SCOPED_TRACE(row.name);
    start_anew();
    insert(issue_job("a"));
    const auto ticket = claim_one();
    settle(ticket, core::Hold{"wait"});
    settle(ticket, row.verdict);
    EXPECT_EQ(state("a"), JobState::held);
  }
}

TEST_P(JobStoreContract, AnIssuedCertificateIsRecordedWithItsOutcome) {
  insert(issue_job("a"));
  core::Settlement one = stored_jobs::settlement(claim_one(), core::Finish{issued("first")});
  const core::CertificateLabel label = *std::get<core::Finish>(one.verdict).label;
  const auto settled = store().settle({one}, kOwner, at(2)).value();
  ASSERT_THAT(settled, SizeIs(1));
  EXPECT_TRUE(settled[0].taken);
  EXPECT_FALSE(settled[0].before);
  reopen();
  const auto known = certificates().find(kCa, {label.key}).value().front();
  ASSERT_TRUE(known);
  EXPECT_EQ(known->entry.template_name, label.template_name);
  EXPECT_EQ(known->entry.certificate.certificate, issued("first").certificate.certificate);
  EXPECT_EQ(certificates().count(kCa).value(), 1U);
}

TEST_P(JobStoreContract, AKeyThatHasACertificateKeepsItAsTheOutcome) {
  insert(issue_job("a"));
  core::Settlement one = stored_jobs::settlement(claim_one(), core::Finish{issued("second")});
  const core::CertificateLabel label = *std::get<core::Finish>(one.verdict).label;
  const core::CertificateEntry first{label.key, "device", issued("first").certificate};
  ASSERT_TRUE(certificates().record(kCa, {first}, at(0)).ok());
  const auto settled = store().settle({one}, kOwner, at(2)).value();
  ASSERT_TRUE(settled.at(0).before);
  EXPECT_EQ(settled[0].before->certificate, first.certificate.certificate);
  const auto reports = unreported();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(std::get<core::Issued>(reports[0].outcome).certificate.certificate,
            first.certificate.certificate);
  EXPECT_EQ(certificates().count(kCa).value(), 1U);
}

TEST_P(JobStoreContract, ACertificateOfAnotherOwnersVerdictIsNotRecorded) {
  insert(issue_job("a"));
  const core::Settlement one = stored_jobs::settlement(claim_one(), core::Finish{issued("late")});
  const auto settled = store().settle({one}, "another life", at(2)).value();
  ASSERT_THAT(settled, SizeIs(1));
  EXPECT_FALSE(settled[0].taken);
  EXPECT_EQ(certificates().count(kCa).value(), 0U);
  EXPECT_EQ(state("a"), JobState::running);
}

TEST_P(JobStoreContract, AnIssuedCertificateWithoutALabelIsRefused) {
  insert(issue_job("a"));
  const auto settled =
      store().settle({{claim_one(), core::Finish{issued("nameless")}}}, kOwner, at(2));
  ASSERT_FALSE(settled.ok());
  EXPECT_EQ(settled.error().kind(), ErrorKind::permanent);
  EXPECT_EQ(state("a"), JobState::running);
}

TEST_P(JobStoreContract, AVerdictForAnUnknownTicketIsPassedOver) {
  const auto settled =
      store().settle({{core::JobTicket{12345}, core::Hold{"nothing"}}}, kOwner, at(1));
  ASSERT_TRUE(settled.ok());
  EXPECT_FALSE(settled->front().taken);
}

TEST_P(JobStoreContract, OutcomesComeBackAsTheyWere) {
  ASSERT_TRUE(store().insert({issue_job("i"), revoke_job("r"), issue_job("f")}, at(0)).ok());
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

TEST_P(JobStoreContract, ARetryThatAsksTheCaFirstComesAsInterrupted) {
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

// An interrupted job that waits, is held or asks for approval has had the CA's answer.
TEST_P(JobStoreContract, EveryOtherVerdictEndsTheDoubt) {
  for (const core::Verdict& verdict :
       {core::Verdict(core::WaitForCa{"17", at(9)}), core::Verdict(core::WaitForApproval{"ask"}),
        core::Verdict(core::Hold{"look"})}) {
    start_anew();
    insert(leased(issue_job("a"), 1, at(100)));
    settle(claim_one(), core::RetryLater{at(1), {}, "in_doubt", "cut off", true, true});
    settle(claim_one(), verdict);
    ASSERT_TRUE(store().cancel(ticket("a"), at(5), "root").ok()) << verdict.index();
  }
}

TEST_P(JobStoreContract, AnAttemptThatNeverReachedTheCaIsNotCounted) {
  insert(issue_job("a"));
  core::RetryLater retry{at(1), {}, "ca_unavailable", "breaker open"};
  retry.count_attempt = false;
  settle(claim_one(), retry);
  EXPECT_EQ(record("a").attempts, 0);
  EXPECT_EQ(record("a").last_code, "ca_unavailable");
  EXPECT_EQ(record("a").last_message, "breaker open");
  EXPECT_THAT(history_kinds("a"), IsEmpty());
}

TEST_P(JobStoreContract, TheHistoryTellsOfWhatWentWrongOnly) {
  insert(issue_job("smooth"));
  settle(claim_one(), core::Finish{issued("c")});
  acknowledge(ticket("smooth"));
  EXPECT_THAT(history_kinds("smooth"), IsEmpty());
  insert(issue_job("rough"));
  settle(claim_one(), core::RetryLater{at(1), {}, "ca_unavailable", "down"});
  settle(claim_one(), core::Hold{"in doubt"});
  EXPECT_THAT(history_kinds("rough"), ElementsAre("retry", "held"));
  EXPECT_EQ(history("rough")[0].message, "ca_unavailable: down");
  EXPECT_EQ(history("rough")[0].at, at(2));
}

TEST_P(JobStoreContract, AMessageIsCutBetweenCharacters) {
  insert(issue_job("a"));
  std::string message(1023, 'x');
  message += "ä and more";
  settle(claim_one(), core::Hold{message});
  EXPECT_EQ(record("a").last_message, std::string(1023, 'x'));
  EXPECT_EQ(history("a").back().message, std::string(1023, 'x'));
}

Bytes request_with_challenge() {
  static const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  crypto::Pkcs10Spec spec;
  spec.challenge_password = "laboratory";
  return crypto::make_pkcs10(key, spec).value();
}

TEST_P(JobStoreContract, TheChallengeOfADeviceIsForgottenOnceItsJobIsOver) {
  const auto holds = [&](const std::string& id) {
    const core::JobRecord stored = record(id);
    const auto& request = std::get<core::IssueRequest>(stored.job.request);
    return as_text(request.pkcs10).find("laboratory") != std::string_view::npos;
  };
  for (const VerdictRow& row : verdicts()) {
    if (row.name == std::string("revoked") || row.name == std::string("lease_lost")) continue;
    SCOPED_TRACE(row.name);
    start_anew();
    core::NewJob job = device_job("a", true);
    std::get<core::IssueRequest>(job.job.request).pkcs10 = request_with_challenge();
    insert(job);
    EXPECT_TRUE(holds("a")) << "a CA may want its signature";
    settle(claim_one(), row.verdict);
    reopen();
    EXPECT_EQ(holds("a"), !row.is_outcome);
  }
  start_anew();
  core::NewJob of_cloud = issue_job("b");
  std::get<core::IssueRequest>(of_cloud.job.request).pkcs10 = request_with_challenge();
  insert(of_cloud);
  settle(claim_one(), core::Finish{issued("c")});
  EXPECT_TRUE(holds("b")) << "it is no secret of the agent's";
}

TEST_P(JobStoreContract, ALostLeaseIsOverAndNothingIsReported) {
  insert(leased(issue_job("a"), 1, at(100)));
  settle(claim_one(), core::LeaseLost{"another agent has it"}, at(7));
  EXPECT_EQ(record("a").finished, at(7));
  EXPECT_EQ(record("a").last_message, "another agent has it");
  EXPECT_FALSE(record("a").outcome.has_value());
  EXPECT_THAT(history_kinds("a"), ElementsAre("lease_lost"));
  EXPECT_EQ(*store().purge(at(8), at(8), 10), 1U) << "it is over";
}

TEST_P(JobStoreContract, AFailedJobWithoutAReportMayBeDoneAgain) {
  ASSERT_TRUE(store().insert({local_job("good"), local_job("bad")}, at(0)).ok());
  const auto claimed = claim();
  settle(claimed[0].ticket, core::Finish{core::Revoked{at(1), false}});
  settle(claimed[1].ticket,
         core::Finish{core::failed(core::failure::kCertificateNotFound, "unknown")});
  EXPECT_FALSE(store().retry(ticket("good"), at(5), "root").ok());
  EXPECT_TRUE(store().retry(ticket("bad"), at(5), "root").ok()) << "no report was due";
  EXPECT_EQ(*store().purge(at(1000), at(1000), 10), 1U);
  EXPECT_EQ(state("bad"), JobState::queued);
  EXPECT_FALSE(record("bad").ended_as.has_value());
  EXPECT_FALSE(record("bad").finished.has_value());
}

}  // namespace
}  // namespace certconnector::contract
