#include "agent/enrollment/authorization.h"

#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "agent/enrollment/new_enrollment.h"
#include "tests/agent/ca/request_builder.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

using ca::testing::make_request;
using certconnector::testing::FakeClock;

ChallengeAuthorization challenge() {
  ChallengeAuthorization made;
  made.id = "challenge-1";
  made.device = "phone-1";
  made.template_name = "Phones";
  made.sid = "S-1-5-21-1-2-3-4";
  made.not_after = FakeClock::kStart + std::chrono::hours(1);
  return made;
}

TEST(Authorization, AChallengeForManyIsNotUsedUp) {
  const Authorization once = authorization_of(challenge());
  EXPECT_EQ(once.challenge, "challenge-1");
  EXPECT_EQ(once.ends, FakeClock::kStart + std::chrono::hours(1));
  ChallengeAuthorization many = challenge();
  many.single_use = false;
  many.not_after = Timestamp::max();
  const Authorization often = authorization_of(many);
  EXPECT_EQ(often.challenge, "");
  EXPECT_FALSE(often.ends);
  EXPECT_EQ(once.remember_until, challenge().not_after);
  EXPECT_EQ(often.remember_until, Timestamp())
      << "else the ledger would never forget its enrollments";
  EXPECT_EQ(often.name, once.name);
}

TEST(Authorization, ACertificateMayBeRenewedOnceForEachKey) {
  const Bytes certificate{1, 2, 3};
  const auto one = make_request({}, {crypto::KeyKind::ec, 256});
  const auto other = make_request({}, {crypto::KeyKind::rsa, 2048});
  EXPECT_EQ(authorization_of({}, certificate, one).name,
            authorization_of({}, certificate, one).name);
  EXPECT_NE(authorization_of({}, certificate, one).name,
            authorization_of({}, certificate, other).name);
  EXPECT_FALSE(authorization_of({}, certificate, one).template_name);
}

TEST(Authorization, ARequestThatSaysSomethingElseIsDenied) {
  Authorization authorization;
  authorization.sid = "S-1-5-21-1-2-3-4";
  const auto answer = confirm(authorization, make_request({}));
  EXPECT_TRUE(std::holds_alternative<Authorization>(answer));
  authorization.content.extended_key_usage = {"1.3.6.1.5.5.7.3.1"};
  authorization.challenge = "challenge-1";
  authorization.device = "phone-1";
  const auto refused = confirm(authorization, make_request({}));
  ASSERT_TRUE(std::holds_alternative<Denied>(refused));
  core::NewEnrollment noted;
  ascribe(std::get<Denied>(refused), noted);
  EXPECT_EQ(noted.challenge, "challenge-1") << "a search for its challenge finds it";
  EXPECT_EQ(noted.device, "phone-1");
}

TEST(Authorization, IsWrittenIntoTheEnrollmentOfItsRequest) {
  ca::testing::RequestSpec spec;
  spec.subject = "CN=phone 1";
  const auto request = make_request(spec);
  core::NewEnrollment enrollment =
      new_enrollment({{"lab", "T-1", {}}, &request, "aa", "job-1", false});
  EXPECT_EQ(enrollment.subject, "CN=phone 1");
  EXPECT_EQ(enrollment.job.job.key.instance, "lab");
  EXPECT_EQ(enrollment.job.job.correlation_id, "T-1");
  EXPECT_FALSE(enrollment.job.report);
  const crypto::Sha256 refused = enrollment.right;
  EXPECT_EQ(new_enrollment({{"lab", "T-1", {}}, nullptr, "aa", "job-2", true}).right, refused);

  grant(authorization_of(challenge()), enrollment);
  EXPECT_NE(enrollment.right, refused);
  EXPECT_EQ(enrollment.challenge, "challenge-1");
  EXPECT_EQ(enrollment.device, "phone-1");
  const auto& issue = std::get<core::IssueRequest>(enrollment.job.job.request);
  EXPECT_EQ(issue.template_name, "Phones");
  EXPECT_EQ(issue.sid, "S-1-5-21-1-2-3-4");
  EXPECT_EQ(issue.pkcs10, request.der().to_bytes());
}

TEST(Authorization, ARenewedKeyIsAsStrongAsTheOldOne) {
  const auto renew = [](crypto::KeySpec old, crypto::KeySpec next) {
    RenewalAuthorization permitted;
    permitted.least_key = old;
    const auto request = make_request({}, next);
    auto answer = confirm(authorization_of(permitted, Bytes{1}, request), request);
    const auto* refused = std::get_if<Denied>(&answer);
    return refused == nullptr ? std::string() : refused->reason.code;
  };
  constexpr auto kRsa = crypto::KeyKind::rsa;
  constexpr auto kEc = crypto::KeyKind::ec;
  EXPECT_EQ(renew({kEc, 256}, {kEc, 256}), "");
  EXPECT_EQ(renew({kEc, 256}, {kEc, 384}), "");
  EXPECT_EQ(renew({kEc, 384}, {kEc, 256}), "weak_key");
  EXPECT_EQ(renew({kRsa, 3072}, {kRsa, 2048}), "weak_key");
  EXPECT_EQ(renew({kRsa, 2048}, {kEc, 256}), "") << "kinds are not compared";
}

TEST(Authorization, TheBoundTheOldNameAndTheAccountGoIntoTheJob) {
  RenewalAuthorization permitted;
  permitted.at_most.key_usage = crypto::kDigitalSignature;
  permitted.subject = {0x30, 0x00};
  permitted.sid = "S-1-5-21-1-2-3-4";
  const auto request = make_request({});
  core::NewEnrollment enrollment;
  enrollment.job.job.request = core::IssueRequest();
  grant(authorization_of(permitted, Bytes{1}, request), enrollment);
  const auto& issue = std::get<core::IssueRequest>(enrollment.job.job.request);
  EXPECT_EQ(issue.at_most.key_usage, crypto::kDigitalSignature);
  EXPECT_EQ(issue.renewed_subject, permitted.subject);
  EXPECT_EQ(issue.sid, permitted.sid);
}

}  // namespace
}  // namespace certconnector::enrollment
