#include "tests/contract/ledger_contract.h"

#include "tests/support/core/stored_jobs.h"

namespace certconnector::contract {
namespace {

const core::CaFingerprint kLedgerCa(64, 'a');

}  // namespace

core::Issued certificate(const std::string& name, Timestamp not_after) {
  core::Issued outcome;
  outcome.certificate.certificate = Bytes(name.begin(), name.end());
  outcome.certificate.serial = {7, 8, 9};
  outcome.certificate.not_before = at(0);
  outcome.certificate.not_after = not_after;
  return outcome;
}

core::Failed denied() { return core::failed(core::failure::kDeniedByCa, "no"); }

core::NewEnrollment request(const std::string& challenge, std::uint8_t key,
                            const std::string& job) {
  core::NewEnrollment wanted;
  wanted.key = {"phones", "transaction", {}};
  wanted.key.public_key.fill(key);
  wanted.right = crypto::sha256(as_bytes(challenge));
  wanted.challenge = challenge;
  wanted.remember_until = at(1000);
  wanted.device = "device-" + std::to_string(key);
  wanted.subject = "CN=Phone " + std::to_string(key);
  wanted.job.job.key.source = core::JobSource::scep;
  wanted.job.job.key.instance = "phones";
  wanted.job.job.key.id = job;
  wanted.job.job.ca = kLedgerCa;
  core::IssueRequest issue;
  issue.template_name = "device";
  issue.pkcs10 = Bytes(30, 0x30);
  wanted.job.job.request = issue;
  return wanted;
}

core::NewEnrollment external_request(const std::string& challenge, std::uint8_t key,
                                     const std::string& job) {
  core::NewEnrollment wanted = request(challenge, key, job);
  wanted.job.external = at(900);
  wanted.job.job.deadline = at(1000);
  return wanted;
}

core::NewEnrollment refusal(core::NewEnrollment of, const core::Failed& reason) {
  of.job.rejection = reason;
  return of;
}

core::BeginAnswer LedgerContract::begin(const core::NewEnrollment& wanted, Timestamp now) {
  auto answers = ledgers_->enrollments().begin({wanted}, now);
  EXPECT_TRUE(answers.ok()) << answers.error().message();
  return answers.ok() ? answers->front() : core::BeginAnswer();
}

core::EnrollmentStanding LedgerContract::begun(const core::NewEnrollment& wanted, Timestamp now) {
  const core::BeginAnswer answer = begin(wanted, now);
  const auto* standing = std::get_if<core::EnrollmentStanding>(&answer);
  EXPECT_NE(standing, nullptr) << "refused: " << wanted.job.job.key.id;
  return standing == nullptr ? core::EnrollmentStanding() : *standing;
}

std::optional<core::ChallengeConflict> LedgerContract::refused(const core::NewEnrollment& wanted,
                                                               Timestamp now) {
  const core::BeginAnswer answer = begin(wanted, now);
  const auto* refusal = std::get_if<core::ChallengeConflict>(&answer);
  return refusal == nullptr ? std::nullopt : std::make_optional(*refusal);
}

std::optional<core::EnrollmentStanding> LedgerContract::find(const core::EnrollmentKey& key) {
  auto found = ledgers_->enrollments().find(key);
  EXPECT_TRUE(found.ok());
  return found.ok() ? *found : std::nullopt;
}

std::vector<core::EnrollmentRecord> LedgerContract::list(const core::EnrollmentFilter& filter) {
  auto found = ledgers_->enrollments().list(filter);
  EXPECT_TRUE(found.ok());
  return found.ok() ? *found : std::vector<core::EnrollmentRecord>();
}

core::ExternalCompletion LedgerContract::complete(core::JobTicket ticket,
                                                  const core::ExternalOutcome& news,
                                                  Timestamp now) {
  const auto done = ledgers_->external().complete(ticket, news, "late-1", now);
  EXPECT_TRUE(done.ok()) << done.error().message();
  return done.ok() ? *done : core::ExternalCompletion::stands;
}

void LedgerContract::end(const core::Outcome& outcome, Timestamp now,
                         const core::CaFingerprint& ca) {
  const auto claimed = ledgers_->jobs().claim(
      {ca.empty() ? kLedgerCa : ca, 10, "life-1", now, now + std::chrono::minutes(5)});
  ASSERT_TRUE(claimed.ok() && claimed->size() == 1);
  ASSERT_TRUE(ledgers_->jobs()
                  .settle({stored_jobs::settlement(claimed->front().ticket, core::Finish{outcome})},
                          "life-1", now)
                  .ok());
}

void LedgerContract::acknowledge(core::JobTicket ticket, core::ReportVerdict verdict) {
  core::ReportAcknowledgement ack;
  ack.ticket = ticket;
  ack.verdict = verdict;
  ASSERT_TRUE(ledgers_->jobs().acknowledge({ack}, at(10)).ok());
}

void LedgerContract::forget_jobs(Timestamp before) {
  for (const core::Report& report : reports()) acknowledge(report.ticket);
  ASSERT_TRUE(ledgers_->jobs().purge(before, before, 100).ok());
}

core::JobTicket LedgerContract::bring(Before before, const core::NewEnrollment& first) {
  const core::JobTicket ticket = begun(first).ticket;
  const auto ends = [&](const auto& outcome) {
    if (!first.job.external) return end(outcome);
    EXPECT_EQ(complete(ticket, outcome), core::ExternalCompletion::taken);
  };
  if (before == Before::succeeded || before == Before::gone) ends(certificate("cert"));
  if (before == Before::failed) ends(denied());
  if (before == Before::unknown) {
    EXPECT_EQ(ledgers_->jobs().expire(at(1000), 10).value(), 1U);
  }
  if (before == Before::gone) forget_jobs();
  return ticket;
}

core::JobState LedgerContract::state(const std::string& job) {
  const auto found = ledgers_->jobs().find(job);
  EXPECT_TRUE(found.ok() && found->size() == 1) << job;
  return found.ok() && !found->empty() ? found->front().state : core::JobState::queued;
}

std::vector<core::Report> LedgerContract::reports() {
  auto found = ledgers_->jobs().unreported({}, 100);
  EXPECT_TRUE(found.ok());
  return found.ok() ? *found : std::vector<core::Report>();
}

}  // namespace certconnector::contract
