#include "agent/enrollment/enrollment_explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "tests/support/core/core_fixture.h"

namespace certconnector::enrollment {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::vector<core::JobEvent> kNoHistory;

core::EnrollmentRecord asked_record() {
  core::EnrollmentRecord record;
  record.key.service = "phones";
  record.key.transaction_id = "4A6F";
  record.subject = "CN=phone 1";
  record.at = testing::FakeClock::kStart;
  record.job = "scep-1";
  return record;
}

core::JobRecord scep_job(core::JobState state) {
  core::JobRecord job;
  job.job = testing::issue_job("scep-1");
  job.job.key.source = core::JobSource::scep;
  job.state = state;
  job.attempts = 1;
  job.received = testing::FakeClock::kStart;
  job.due = testing::FakeClock::kStart;
  return job;
}

core::JobRecord issued_job() {
  core::JobRecord job = scep_job(core::JobState::reported);
  job.ended_as = core::JobState::succeeded;
  job.finished = testing::FakeClock::kStart;
  job.outcome = core::Issued{{{},
                              {0x0A, 0x01},
                              testing::FakeClock::kStart,
                              testing::FakeClock::kStart + std::chrono::hours(24)},
                             ""};
  return job;
}

core::JobRecord refused_job(const core::FailureCode& code) {
  core::JobRecord job = scep_job(core::JobState::failed);
  job.attempts = 0;
  job.finished = testing::FakeClock::kStart;
  job.outcome = core::failed(code, "The message.");
  return job;
}

TEST(EnrollmentExplanation, SaysThatAnotherKeySignedAndThatAnotherSignerCame) {
  const core::JobRecord job = issued_job();
  core::EnrollmentRecord record = asked_record();
  const EnrollmentFacts facts{record, &job, kNoHistory};
  const auto told = [&] {
    std::string all;
    for (const std::string& line : explain(facts, testing::FakeClock::kStart).happened) all += line;
    return all;
  };
  EXPECT_THAT(told(), Not(HasSubstr("sign")));
  record.foreign_signer = true;
  EXPECT_THAT(told(), HasSubstr("Another key than the one in the request signs"));
  EXPECT_THAT(told(), Not(HasSubstr("came again")));
  record.signers = 2;
  EXPECT_THAT(told(), HasSubstr("signed by another key;"));
  record.signers = 4;
  EXPECT_THAT(told(), HasSubstr("signed by 3 other keys;"));
}

TEST(EnrollmentExplanation, NamesTheDeviceAndItsAuthorization) {
  core::EnrollmentRecord record = asked_record();
  record.device = "device-7";
  record.challenge = "key1:c-1";
  record.attempts = 3;
  const core::JobRecord job = issued_job();
  const EnrollmentExplanation story =
      explain({record, &job, kNoHistory}, testing::FakeClock::kStart);
  ASSERT_THAT(story.happened, SizeIs(2));
  EXPECT_THAT(story.happened[0],
              StartsWith("2026-01-01T00:00:00Z Device device-7 asked the SCEP service \"phones\" "
                         "for a certificate for CN=phone 1, transaction 4A6F."));
  EXPECT_THAT(story.happened[0], HasSubstr("attempt 3"));
  EXPECT_THAT(story.happened[0], HasSubstr("the challenge key1:c-1."));
  EXPECT_THAT(story.happened[1], HasSubstr("0a01"));
  EXPECT_THAT(story.why, HasSubstr("The endpoint has acknowledged it."));
  EXPECT_THAT(story.next, HasSubstr("certconnector certs revoke 0a01"));
}

TEST(EnrollmentExplanation, SaysWhatTheTemplateLeftOut) {
  const core::EnrollmentRecord record = asked_record();
  core::JobRecord job = issued_job();
  std::get<core::Issued>(*job.outcome).note = "template device leaves out key usage keyAgreement";
  const EnrollmentExplanation story =
      explain({record, &job, kNoHistory}, testing::FakeClock::kStart);
  EXPECT_THAT(story.why, HasSubstr("Note: template device leaves out key usage keyAgreement."));
}

TEST(EnrollmentExplanation, WithoutAChallengeTheServiceNamesTheAuthorization) {
  const core::EnrollmentRecord record = asked_record();
  const core::JobRecord job = issued_job();
  EnrollmentFacts facts{record, &job, kNoHistory};
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).happened[0],
              HasSubstr("authorization is the certificate that it renews."));
  facts.shared_password = true;
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).happened[0],
              HasSubstr("the service's one password, or"));
  const core::JobRecord refused = refused_job(core::failure::kChallengeWrong);
  facts.job = &refused;
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).happened[0],
              Not(HasSubstr("authorization")));
}

struct RefusalRow {
  const core::FailureCode& code;
  const char* hresult;
  const char* next;
};

TEST(EnrollmentExplanation, SaysWhyItWasDeniedAndWhatToDo) {
  const RefusalRow rows[] = {
      {core::failure::kChallengeWrong, "HRESULT 0x80070056", "a new challenge"},
      {core::failure::kChallengeExpired, "HRESULT 0x8009481C", "a new challenge"},
      {core::failure::kChallengeInUse, "HRESULT 0x80094011", "withdraw it"},
      {core::failure::kCertificateRevoked, "HRESULT 0x80092010", "a new key"},
      {core::failure::kCertificateExpired, "HRESULT 0x800B0101", "a new key"},
      {core::failure::kChallengeUntrusted, "HRESULT 0x800B0109", "challenge_keys_file"},
      {core::failure::kSubjectMismatch, "HRESULT 0x80094001", "profile"},
      {core::failure::kUnsupportedAlgorithm, "HRESULT 0x80090008", "certconnector scep caps"},
      {core::failure::kBadSignature, "HRESULT 0x80090006", "GetCACert"},
      {core::failure::kUnreadableMessage, "HRESULT 0x80090006", "certconnector scep caps"},
      {core::failure::kRenewalNotAllowed, "HRESULT 0x80094011", "Do as the message says"},
      {core::failure::kTemplateDenied, "HRESULT 0x80094012", "Do as the message says"}};
  const core::EnrollmentRecord record = asked_record();
  for (const RefusalRow& row : rows) {
    const core::JobRecord job = refused_job(row.code);
    EnrollmentFacts facts{record, &job, kNoHistory};
    facts.fail_info = "badRequest";
    const EnrollmentExplanation story = explain(facts, testing::FakeClock::kStart);
    EXPECT_THAT(story.why, HasSubstr("The message. (" + std::string(row.code.name)));
    EXPECT_THAT(story.why, HasSubstr(row.hresult));
    EXPECT_THAT(story.why, HasSubstr(std::string(row.code.meaning)));
    EXPECT_THAT(story.why, HasSubstr("failInfo badRequest"));
    EXPECT_THAT(story.next, HasSubstr(row.next)) << row.code.name;
    EXPECT_EQ(standing_of(facts), "refused");
  }
}

TEST(EnrollmentExplanation, ADeniedChallengeIsNoAuthorization) {
  core::EnrollmentRecord record = asked_record();
  record.device = "device-7";
  record.challenge = "key1:c-1";
  const core::JobRecord job = refused_job(core::failure::kChallengeExpired);
  const EnrollmentExplanation story =
      explain({record, &job, kNoHistory}, testing::FakeClock::kStart);
  EXPECT_THAT(story.happened[0], HasSubstr("Device device-7"));
  EXPECT_THAT(story.happened[0], HasSubstr("It carried the challenge key1:c-1."));
  EXPECT_THAT(story.happened[0], Not(HasSubstr("authorization")));
}

TEST(EnrollmentExplanation, SaysWhetherTheEndpointKnowsAndWhetherItStands) {
  const core::EnrollmentRecord record = asked_record();
  core::JobRecord job = issued_job();
  EnrollmentFacts facts{record, &job, kNoHistory};
  EXPECT_EQ(standing_of(facts), "issued");
  job.reports = false;
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).why, HasSubstr("does not report"));
  job.reports = true;
  job.state = core::JobState::succeeded;
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).why, HasSubstr("not acknowledged it"));
  facts.withheld = true;
  EXPECT_EQ(standing_of(facts), "withheld");
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).why, HasSubstr("did not take it"));
  facts.withheld = false;
  facts.revocation = core::RevocationRecord{testing::FakeClock::kStart,
                                            core::RevocationReason::key_compromise, std::nullopt};
  EXPECT_EQ(standing_of(facts), "revoked");
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).why, HasSubstr("keyCompromise"));
}

TEST(EnrollmentExplanation, SaysHowToRevokeACertificate) {
  const core::EnrollmentRecord record = asked_record();
  core::JobRecord job = issued_job();
  job.external = true;
  EnrollmentFacts facts{record, &job, kNoHistory};
  facts.ca_served = false;
  EnrollmentExplanation story = explain(facts, testing::FakeClock::kStart);
  EXPECT_THAT(story.next, HasSubstr("The NDES hands it to the device."));
  EXPECT_THAT(story.next, HasSubstr("revoke serial 0a01 at the CA that issued it"));
  EXPECT_THAT(story.next, Not(HasSubstr("certs revoke")));

  facts.withheld = true;
  story = explain(facts, testing::FakeClock::kStart);
  EXPECT_THAT(story.why, HasSubstr("did not take it; its NDES may have handed it out."));
  EXPECT_THAT(story.next, HasSubstr("revoke serial 0a01 at the CA that issued it; this agent does "
                                    "not serve that CA"));
  facts.ca_served = true;
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).next, Not(HasSubstr("revoke")));
}

TEST(EnrollmentExplanation, QuotesTheAnswerToTheDevice) {
  const core::EnrollmentRecord record = asked_record();
  const core::JobRecord weak = refused_job(core::failure::kWeakKey);
  EnrollmentFacts silent{record, &weak, kNoHistory};
  silent.fail_info = "badAlg";
  EXPECT_THAT(explain(silent, testing::FakeClock::kStart).why,
              HasSubstr("FAILURE to the device, with failInfo badAlg."));
  const core::JobRecord job = refused_job(core::failure::kUnsupportedAlgorithm);
  EnrollmentFacts facts{record, &job, kNoHistory};
  facts.fail_info = "badAlg";
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).why,
              HasSubstr("failInfo badAlg and this message."));
  facts.hresult_sent = true;
  EXPECT_THAT(explain(facts, testing::FakeClock::kStart).why,
              HasSubstr("failInfo badAlg and this message and the HRESULT."));
}

TEST(EnrollmentExplanation, TakesTheExplanationOfAnOpenJob) {
  const core::EnrollmentRecord record = asked_record();
  core::JobRecord job = scep_job(core::JobState::waiting);
  job.waiting_for_approval = true;
  const EnrollmentFacts facts{record, &job, kNoHistory};
  const EnrollmentExplanation story = explain(facts, testing::FakeClock::kStart);
  EXPECT_EQ(standing_of(facts), "waiting");
  EXPECT_THAT(story.next, HasSubstr("certconnector jobs approve scep-1"));
}

TEST(EnrollmentExplanation, SaysSoWhenTheJobIsForgotten) {
  const core::EnrollmentRecord record = asked_record();
  const EnrollmentFacts facts{record, nullptr, kNoHistory};
  const EnrollmentExplanation story = explain(facts, testing::FakeClock::kStart);
  EXPECT_EQ(standing_of(facts), "forgotten");
  EXPECT_THAT(story.why, HasSubstr("retention"));
  EXPECT_THAT(story.next, HasSubstr("certconnector certs list"));
}

TEST(EnrollmentExplanation, KnowsTheCertificateOfARemovedJob) {
  const core::EnrollmentRecord record = asked_record();
  core::IssuedCertificate certificate;
  certificate.serial = {0x4a, 0x01};
  certificate.not_after = testing::FakeClock::kStart;
  EnrollmentFacts facts{record, nullptr, kNoHistory};
  facts.certificate = &certificate;
  EXPECT_EQ(standing_of(facts), "issued");
  EnrollmentExplanation story = explain(facts, testing::FakeClock::kStart);
  EXPECT_THAT(story.why, HasSubstr("serial 4a01 was issued"));
  EXPECT_THAT(story.why, HasSubstr("removed its job"));
  EXPECT_THAT(story.next, HasSubstr("certconnector certs revoke 4a01"));
  facts.revocation = core::RevocationRecord{
      testing::FakeClock::kStart, core::RevocationReason::key_compromise, {}};
  EXPECT_EQ(standing_of(facts), "revoked");
  story = explain(facts, testing::FakeClock::kStart);
  EXPECT_THAT(story.why, HasSubstr("revoked at"));
  EXPECT_THAT(story.next, HasSubstr("new key"));
}

}  // namespace
}  // namespace certconnector::enrollment
