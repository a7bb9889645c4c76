#include "agent/core/enrollment_story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "tests/support/core/core_fixture.h"

namespace certconnector::core {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::vector<JobEvent> kNoHistory;

EnrollmentRecord asked_record() {
  EnrollmentRecord record;
  record.key.service = "phones";
  record.key.transaction_id = "4A6F";
  record.subject = "CN=phone 1";
  record.at = testing::FakeClock::kStart;
  record.job = "scep-1";
  return record;
}

JobRecord scep_job(JobState state) {
  JobRecord job;
  job.job = testing::issue_job("scep-1");
  job.job.key.source = JobSource::scep;
  job.state = state;
  job.attempts = 1;
  job.received = testing::FakeClock::kStart;
  job.due = testing::FakeClock::kStart;
  return job;
}

JobRecord issued_job() {
  JobRecord job = scep_job(JobState::reported);
  job.ended_as = JobState::succeeded;
  job.finished = testing::FakeClock::kStart;
  job.outcome = Issued{{{},
                        {0x0A, 0x01},
                        testing::FakeClock::kStart,
                        testing::FakeClock::kStart + std::chrono::hours(24)},
                       ""};
  return job;
}

JobRecord refused_job(const FailureCode& code) {
  JobRecord job = scep_job(JobState::failed);
  job.attempts = 0;
  job.finished = testing::FakeClock::kStart;
  job.outcome = failed(code, "The message.");
  return job;
}

TEST(EnrollmentStory, TellsWhoAskedOnWhichRight) {
  EnrollmentRecord record = asked_record();
  record.device = "device-7";
  record.challenge = "key1:c-1";
  record.attempts = 3;
  const JobRecord job = issued_job();
  const EnrollmentStory story = tell_story({record, &job, kNoHistory}, testing::FakeClock::kStart);
  ASSERT_THAT(story.happened, SizeIs(2));
  EXPECT_THAT(story.happened[0],
              StartsWith("2026-01-01T00:00:00Z Device device-7 asked the SCEP service \"phones\" "
                         "for a certificate for CN=phone 1, transaction 4A6F."));
  EXPECT_THAT(story.happened[0], HasSubstr("time 3"));
  EXPECT_THAT(story.happened[0], HasSubstr("the challenge key1:c-1."));
  EXPECT_THAT(story.happened[1], HasSubstr("0a01"));
  EXPECT_THAT(story.why, HasSubstr("The endpoint has acknowledged it."));
  EXPECT_THAT(story.next, HasSubstr("certconnector certs revoke 0a01"));
}

TEST(EnrollmentStory, WithoutAChallengeOfItsOwnTheRightFollowsFromTheService) {
  const EnrollmentRecord record = asked_record();
  const JobRecord job = issued_job();
  EnrollmentFacts facts{record, &job, kNoHistory};
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).happened[0],
              HasSubstr("right is the certificate that it renews."));
  facts.shared_password = true;
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).happened[0],
              HasSubstr("the service's one password, or"));
  const JobRecord refused = refused_job(failure::kChallengeWrong);
  facts.job = &refused;
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).happened[0], Not(HasSubstr("right")));
}

struct RefusalRow {
  const FailureCode& code;
  const char* hresult;
  const char* next;
};

TEST(EnrollmentStory, SaysWhyItWasRefusedAndWhatToDo) {
  const RefusalRow rows[] = {
      {failure::kChallengeWrong, "HRESULT 0x80070056", "a new challenge"},
      {failure::kChallengeExpired, "HRESULT 0x8009481C", "a new challenge"},
      {failure::kChallengeInUse, "HRESULT 0x80094011", "withdraw it"},
      {failure::kCertificateRevoked, "HRESULT 0x80092010", "a new key"},
      {failure::kCertificateExpired, "HRESULT 0x800B0101", "a new key"},
      {failure::kChallengeUntrusted, "HRESULT 0x800B0109", "challenge_keys_file"},
      {failure::kSubjectMismatch, "HRESULT 0x80094001", "profile"},
      {failure::kUnsupportedAlgorithm, "HRESULT 0x80090008", "certconnector scep caps"},
      {failure::kBadSignature, "HRESULT 0x80090006", "GetCACert"},
      {failure::kUnreadableMessage, "HRESULT 0x80090006", "certconnector scep caps"},
      {failure::kRenewalNotAllowed, "HRESULT 0x80094011", "renewal_window"},
      {failure::kTemplateDenied, "HRESULT 0x80094012", "Do as the message says"}};
  const EnrollmentRecord record = asked_record();
  for (const RefusalRow& row : rows) {
    const JobRecord job = refused_job(row.code);
    EnrollmentFacts facts{record, &job, kNoHistory};
    facts.fail_info = "badRequest";
    const EnrollmentStory story = tell_story(facts, testing::FakeClock::kStart);
    EXPECT_THAT(story.why, HasSubstr("The message. (" + std::string(row.code.name)));
    EXPECT_THAT(story.why, HasSubstr(row.hresult));
    EXPECT_THAT(story.why, HasSubstr(std::string(row.code.meaning)));
    EXPECT_THAT(story.why, HasSubstr("failInfo badRequest"));
    EXPECT_THAT(story.next, HasSubstr(row.next)) << row.code.name;
    EXPECT_EQ(standing_of(facts), "refused");
  }
}

TEST(EnrollmentStory, AChallengeThatWasRefusedGaveNoRight) {
  EnrollmentRecord record = asked_record();
  record.device = "device-7";
  record.challenge = "key1:c-1";
  const JobRecord job = refused_job(failure::kChallengeExpired);
  const EnrollmentStory story = tell_story({record, &job, kNoHistory}, testing::FakeClock::kStart);
  EXPECT_THAT(story.happened[0], HasSubstr("Device device-7"));
  EXPECT_THAT(story.happened[0], HasSubstr("It brought the challenge key1:c-1."));
  EXPECT_THAT(story.happened[0], Not(HasSubstr("right")));
}

TEST(EnrollmentStory, SaysWhetherTheEndpointKnowsAndWhetherItStands) {
  const EnrollmentRecord record = asked_record();
  JobRecord job = issued_job();
  EnrollmentFacts facts{record, &job, kNoHistory};
  EXPECT_EQ(standing_of(facts), "issued");
  job.reports = false;
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).why, HasSubstr("does not report"));
  job.reports = true;
  job.state = JobState::succeeded;
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).why, HasSubstr("not acknowledged it"));
  facts.withheld = true;
  EXPECT_EQ(standing_of(facts), "withheld");
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).why, HasSubstr("did not take it"));
  facts.withheld = false;
  facts.revocation =
      RevocationRecord{testing::FakeClock::kStart, RevocationReason::key_compromise, std::nullopt};
  EXPECT_EQ(standing_of(facts), "revoked");
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).why, HasSubstr("keyCompromise"));
}

TEST(EnrollmentStory, SaysWhoCanTakeACertificateBack) {
  const EnrollmentRecord record = asked_record();
  JobRecord job = issued_job();
  job.outside = true;
  EnrollmentFacts facts{record, &job, kNoHistory};
  facts.ca_served = false;
  EnrollmentStory story = tell_story(facts, testing::FakeClock::kStart);
  EXPECT_THAT(story.next, HasSubstr("The NDES hands it to the device."));
  EXPECT_THAT(story.next, HasSubstr("revoke serial 0a01 at the CA that issued it"));
  EXPECT_THAT(story.next, Not(HasSubstr("certs revoke")));

  facts.withheld = true;
  story = tell_story(facts, testing::FakeClock::kStart);
  EXPECT_THAT(story.why, HasSubstr("did not take it; its NDES may have handed it out."));
  EXPECT_THAT(story.next, HasSubstr("revoke serial 0a01 at the CA that issued it; this agent does "
                                    "not serve that CA"));
  facts.ca_served = true;
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).next, Not(HasSubstr("revoke")));
}

TEST(EnrollmentStory, SaysAllThatTheDeviceWasTold) {
  const EnrollmentRecord record = asked_record();
  const JobRecord weak = refused_job(failure::kWeakKey);
  EnrollmentFacts silent{record, &weak, kNoHistory};
  silent.fail_info = "badAlg";
  EXPECT_THAT(tell_story(silent, testing::FakeClock::kStart).why,
              HasSubstr("told FAILURE with failInfo badAlg, or"));
  const JobRecord job = refused_job(failure::kUnsupportedAlgorithm);
  EnrollmentFacts facts{record, &job, kNoHistory};
  facts.fail_info = "badAlg";
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).why,
              HasSubstr("failInfo badAlg and this message, or"));
  facts.hresult_told = true;
  EXPECT_THAT(tell_story(facts, testing::FakeClock::kStart).why,
              HasSubstr("failInfo badAlg and this message and the HRESULT, or"));
}

TEST(EnrollmentStory, LeavesAJobUnderWayToItsOwnStory) {
  const EnrollmentRecord record = asked_record();
  JobRecord job = scep_job(JobState::waiting);
  job.waiting_for_approval = true;
  const EnrollmentFacts facts{record, &job, kNoHistory};
  const EnrollmentStory story = tell_story(facts, testing::FakeClock::kStart);
  EXPECT_EQ(standing_of(facts), "waiting");
  EXPECT_THAT(story.next, HasSubstr("certconnector jobs approve scep-1"));
}

TEST(EnrollmentStory, SaysSoWhenTheJobIsForgotten) {
  const EnrollmentRecord record = asked_record();
  const EnrollmentFacts facts{record, nullptr, kNoHistory};
  const EnrollmentStory story = tell_story(facts, testing::FakeClock::kStart);
  EXPECT_EQ(standing_of(facts), "forgotten");
  EXPECT_THAT(story.why, HasSubstr("retention"));
  EXPECT_THAT(story.next, HasSubstr("certconnector certs list"));
}

}  // namespace
}  // namespace certconnector::core
