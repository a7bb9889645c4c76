// Which device may have a certificate, independent of the front end.
#include "agent/enrollment/enrollment_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "agent/core/failure_codes.h"
#include "agent/enrollment/endpoint_check.h"
#include "agent/enrollment/static_challenge_check.h"
#include "common/text/hex.h"
#include "tests/support/core/enrollment_site.h"
#include "tests/support/core/fake_ca.h"
#include "tests/support/test_pki.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::Awaited;
using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::EnrollmentSite;
using certconnector::testing::FakeClock;

constexpr Duration kHour{std::chrono::hours(1)};

class ScriptedCheck final : public ChallengeCheck {
 public:
  [[nodiscard]] CheckAnswer check(const ChallengeQuery& query, Timestamp) const override {
    ++asked;
    template_name = query.template_name;
    return answer;
  }

  CheckAnswer answer;
  mutable int asked = 0;
  mutable std::string template_name;  // that was asked about
};

// A CA's record of the certificates that a test issued.
class Records final : public core::CertificateLookup {
 public:
  Result<std::optional<core::CertificateRecord>> find_certificate(
      const core::CertificateId& id) override {
    if (failure) return *failure;
    for (const core::CertificateRecord& one : records) {
      if (one.entry.certificate.serial == id.serial) return std::make_optional(one);
    }
    return std::optional<core::CertificateRecord>();
  }

  std::vector<core::CertificateRecord> records;
  std::optional<Error> failure;
};

CertificateSpec named(const std::string& subject) {
  CertificateSpec spec;
  spec.subject = subject;
  return spec;
}

ChallengeAuthorization challenge_1() {
  ChallengeAuthorization made;
  made.id = "challenge-1";
  made.device = "phone-1";
  made.not_after = FakeClock::kStart + kHour;
  return made;
}

Denied denied(const core::FailureCode& code) {
  return {core::failed(code, "no"), "challenge-1", "phone-1"};
}

class EnrollmentServiceTest : public ::testing::Test {
 protected:
  EnrollmentServiceTest() {
    check_->answer = challenge_1();
    policy_.check = check_;
    auto handle = std::make_shared<jobs::CaHandle>();
    handle->ports.certificates = &known_;
    known_ca_ = {ca_.certificate, text::to_hex(crypto::view(ca_.certificate.sha256())), handle};
  }

  // Like a first PKCSReq of `device`, whose self-signed certificate signs it.
  DeviceRequest request(const std::string& transaction = "T-1") {
    return request_of(device_, device_, transaction);
  }
  DeviceRequest request_of(const Credential& signer, const Credential& asker,
                           const std::string& transaction = "T-1",
                           const std::string& challenge = "secret") {
    crypto::Pkcs10Spec spec;
    spec.subject = crypto::parse_rfc4514("CN=phone").value();
    if (!challenge.empty()) spec.challenge_password = challenge;
    auto pkcs10 = std::make_shared<const crypto::Pkcs10>(
        crypto::Pkcs10::parse(crypto::make_pkcs10(asker.key, spec).value()).value());
    DeviceRequest made;
    made.front_end = &site_.front_end;
    made.policy = std::make_shared<const EnrollmentPolicy>(policy_);
    made.key = {"phones", transaction, crypto::sha256(signer.certificate.public_key_info())};
    made.ca = known_ca_;
    made.client = "192.0.2.1";
    made.pkcs10 = std::move(pkcs10);
    made.signer = signer.certificate.der();
    made.template_name = "Phone";
    made.choose_template = [](const std::optional<std::string>& authorized) -> TemplateAnswer {
      return authorized.value_or("Phone");
    };
    return made;
  }
  Credential issue_to_device(Timestamp not_after = FakeClock::kStart + kHour) {
    CertificateSpec spec;
    spec.subject = "CN=phone";
    spec.not_after = not_after;
    Credential made = issue(ca_, spec);
    core::CertificateRecord record;
    record.entry.certificate = issued(made.certificate);
    known_.records.push_back(std::move(record));
    return made;
  }
  static core::IssuedCertificate issued(const crypto::Certificate& certificate) {
    return {certificate.der(), certificate.serial(), certificate.not_before(),
            certificate.not_after()};
  }
  void stand(const crypto::Certificate& certificate) {
    core::EnrollmentStanding standing;
    standing.state = core::JobState::succeeded;
    standing.outcome = core::Issued{issued(certificate), {}};
    site_.ledger.standing = standing;
  }

  AuthorizeAnswer authorize(DeviceRequest request) {
    const Awaited<AuthorizeAnswer> answer;
    site_.service.authorize(std::move(request), answer);
    return answer.get().value_or(Unavailable{"nobody answers"});
  }
  // The code of a denial; "authorized", "unavailable".
  std::string verdict(DeviceRequest request) {
    const auto answer = authorize(std::move(request));
    if (std::holds_alternative<AuthorizedRequest>(answer)) return "authorized";
    const auto* why = std::get_if<Denied>(&answer);
    return why == nullptr ? "unavailable" : why->reason.code;
  }
  SubmitAnswer submit(AuthorizedRequest request) {
    const Awaited<SubmitAnswer> answer;
    site_.service.submit(std::move(request), answer);
    site_.queue.step(site_.never);
    return answer.get().value_or(Unavailable{"nobody answers"});
  }
  // The codes of all noted denials.
  std::vector<std::string> noted() {
    site_.queue.step(site_.never);
    std::vector<std::string> codes;
    for (const core::NewEnrollment& one : site_.ledger.asked) {
      if (one.job.rejection) codes.push_back(one.job.rejection->code);
    }
    return codes;
  }

  static Credential make_ca() {
    CertificateSpec spec;
    spec.subject = "CN=CA";
    spec.ca = true;
    return certconnector::testing::make_self_signed(spec);
  }

  Records known_;
  Credential ca_ = make_ca();
  Credential device_ = certconnector::testing::make_self_signed(named("CN=phone"));
  Credential other_ = certconnector::testing::make_self_signed(named("CN=other"));
  KnownCa known_ca_;
  std::shared_ptr<ScriptedCheck> check_ = std::make_shared<ScriptedCheck>();
  EnrollmentPolicy policy_;
  EnrollmentSite site_;
};

TEST_F(EnrollmentServiceTest, DecidesNothingWhileTheClockIsWrong) {
  site_.operating_mode.set_clock_wrong(true);
  EXPECT_EQ(verdict(request()), "unavailable");
  EXPECT_EQ(check_->asked, 0);
  site_.operating_mode.set_clock_wrong(false);
  EXPECT_EQ(verdict(request()), "authorized");
}

TEST_F(EnrollmentServiceTest, SubmitsAnAuthorizedRequestWithTheContentOfItsChallenge) {
  policy_.job_deadline = kHour;
  auto answer = authorize(request());
  ASSERT_TRUE(std::holds_alternative<AuthorizedRequest>(answer));
  EXPECT_EQ(check_->template_name, "Phone");
  const Awaited<SubmitAnswer> outcome;
  site_.service.submit(std::move(std::get<AuthorizedRequest>(answer)), outcome);
  site_.queue.step(site_.never);
  ASSERT_EQ(site_.ledger.asked.size(), 1U);
  const core::NewEnrollment& enrollment = site_.ledger.asked.front();
  EXPECT_EQ(enrollment.challenge, "challenge-1");
  EXPECT_EQ(enrollment.device, "phone-1");
  EXPECT_EQ(enrollment.job.job.key.id, "job-1");
  EXPECT_EQ(enrollment.job.job.deadline, site_.clock.now() + kHour);
  EXPECT_FALSE(enrollment.job.external);
  const auto& issue = std::get<core::IssueRequest>(enrollment.job.job.request);
  EXPECT_EQ(issue.template_name, "Phone");
  EXPECT_TRUE(issue.proof_verified);
  EXPECT_FALSE(outcome.is_there()) << "its job waits";
  site_.clock.advance(policy_.terms.patience);
  site_.queue.step(site_.never);
  EXPECT_TRUE(std::holds_alternative<StillPending>(outcome.get().value()));
}

TEST_F(EnrollmentServiceTest, AnExternalEnrollmentIsAnsweredAtOnceAndReservesItsChallenge) {
  policy_.notify_within = std::chrono::minutes(15);
  auto answer = authorize(request());
  ASSERT_TRUE(std::holds_alternative<AuthorizedRequest>(answer));
  EXPECT_TRUE(
      std::holds_alternative<StillPending>(submit(std::move(std::get<AuthorizedRequest>(answer)))));
  const core::NewJob& job = site_.ledger.asked.front().job;
  EXPECT_EQ(job.external, site_.clock.now() + std::chrono::minutes(15));
  EXPECT_EQ(job.job.deadline, site_.clock.now() + kHour) << "the challenge's end";
}

TEST_F(EnrollmentServiceTest, TheSignerDecidesBetweenEnrollmentAndRenewal) {
  const Credential own = issue_to_device();
  const Credential stranger = certconnector::testing::issue(other_, named("CN=phone"));
  const Credential decrypts =
      certconnector::testing::make_self_signed(named("CN=phone"), {crypto::KeyKind::rsa, 2048});
  const std::string kNone;
  struct Row {
    const Credential& signer;
    const Credential& asker;
    std::string challenge;
    std::string enroll;  // verdicts, by purpose
    std::string renew;
    std::string either;
  };
  const Row rows[] = {
      {device_, device_, "secret", "authorized", "renewal_not_allowed", "authorized"},
      {device_, device_, kNone, "challenge_missing", "renewal_not_allowed", "renewal_not_allowed"},
      {device_, other_, "secret", "authorized", "renewal_not_allowed", "authorized"},
      {device_, other_, kNone, "challenge_missing", "renewal_not_allowed", "renewal_not_allowed"},
      {device_, decrypts, "secret", "bad_signature", "renewal_not_allowed", "renewal_not_allowed"},
      {stranger, other_, "secret", "bad_signature", "renewal_not_allowed", "renewal_not_allowed"},
      {own, other_, kNone, "authorized", "authorized", "authorized"},
      {stranger, other_, kNone, "bad_signature", "renewal_not_allowed", "renewal_not_allowed"},
      {stranger, stranger, "secret", "authorized", "renewal_not_allowed", "authorized"},
  };
  site_.front_end.renewals = nullptr;
  for (const Row& row : rows) {
    check_->answer = challenge_1();
    if (row.challenge.empty()) check_->answer = denied(core::failure::kChallengeMissing);
    const std::pair<SignerPurpose, std::string> expected[] = {{SignerPurpose::enroll, row.enroll},
                                                              {SignerPurpose::renew, row.renew},
                                                              {SignerPurpose::either, row.either}};
    for (const auto& [purpose, code] : expected) {
      DeviceRequest asked = request_of(row.signer, row.asker, "T-1", row.challenge);
      asked.purpose = purpose;
      EXPECT_EQ(verdict(std::move(asked)), code)
          << "row " << &row - rows << " purpose " << static_cast<int>(purpose);
    }
  }
}

TEST_F(EnrollmentServiceTest, AForeignSignerOfAKeyThatCanDecryptNeedsTheSwitch) {
  const Credential decrypts =
      certconnector::testing::make_self_signed(named("CN=phone"), {crypto::KeyKind::rsa, 2048});
  check_->answer = challenge_1();
  EXPECT_EQ(verdict(request_of(device_, decrypts, "T-1", "secret")), "bad_signature");
  policy_.foreign_signer = true;
  EXPECT_EQ(verdict(request_of(device_, decrypts, "T-1", "secret")), "authorized");
}

TEST_F(EnrollmentServiceTest, AFormerCaIsAskedOnlyAboutWhatIsNotOfThisOne) {
  const auto former = std::make_shared<jobs::CaHandle>();
  const auto ca = std::make_shared<certconnector::testing::FakeCa>("former");
  ca->chain_der = {other_.certificate.der()};
  former->ports.ca = ca;
  const Credential own = issue_to_device();
  DeviceRequest renewal = request_of(own, other_, "T-1", "");
  renewal.previous_cas = {former};
  EXPECT_EQ(verdict(std::move(renewal)), "authorized") << "the former one does not overrule it";
}

TEST_F(EnrollmentServiceTest, NoChallengeCertifiesTheKeyOfARevokedCertificateAgain) {
  const Credential own = issue_to_device();
  known_.records.front().revocation.emplace();
  EXPECT_EQ(verdict(request_of(own, own, "T-1", "secret")), "renewal_not_allowed");
  EXPECT_EQ(check_->asked, 0);
  known_.records.front().revocation.reset();
  policy_.renewal.allowed = false;
  EXPECT_EQ(verdict(request_of(own, own, "T-2", "secret")), "authorized");
}

TEST_F(EnrollmentServiceTest, ARenewalThatIsDeniedMayStillEnrollWithAChallenge) {
  const Credential own = issue_to_device();
  policy_.renewal.allowed = false;
  EXPECT_EQ(verdict(request_of(own, own, "T-1", "")), "renewal_not_allowed");
  EXPECT_EQ(verdict(request_of(own, other_, "T-2", "secret")), "renewal_not_allowed");
  EXPECT_EQ(check_->asked, 0);
  EXPECT_EQ(verdict(request_of(own, own, "T-3", "secret")), "authorized");
  known_.failure = Error(core::CoreErrc::bad_answer, ErrorKind::transient, "silent");
  EXPECT_EQ(verdict(request_of(own, own, "T-4", "secret")), "unavailable");
}

TEST_F(EnrollmentServiceTest, ADenialIsNotedIfTheCredentialIsKnownOrTheQuotaAllows) {
  site_.refusals_kept.set(1, kHour);
  check_->answer = denied(core::failure::kChallengeWrong);
  for (const char* transaction : {"T-1", "T-2", "T-3"}) {
    EXPECT_EQ(verdict(request(transaction)), "challenge_wrong");
  }
  EXPECT_THAT(noted(), ::testing::ElementsAre("challenge_wrong"));
  check_->answer = denied(core::failure::kChallengeExpired);
  EXPECT_EQ(verdict(request("T-4")), "challenge_expired");
  EXPECT_EQ(verdict(request("T-5")), "challenge_expired");
  EXPECT_THAT(noted(),
              ::testing::ElementsAre("challenge_wrong", "challenge_expired", "challenge_expired"));
  EXPECT_EQ(site_.ledger.asked.back().device, "phone-1");
  EXPECT_EQ(site_.ledger.asked.back().challenge, "challenge-1");
}

TEST_F(EnrollmentServiceTest, AClientThatGuessesIsLockedOutBeforeItsChallengeIsLookedAt) {
  site_.guesses.set(2, kHour);
  check_->answer = denied(core::failure::kChallengeExpired);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(verdict(request()), "challenge_expired") << "no guess";
  check_->answer = denied(core::failure::kChallengeWrong);
  EXPECT_EQ(verdict(request()), "challenge_wrong");
  EXPECT_EQ(verdict(request()), "challenge_wrong");
  const int asked = check_->asked;
  const auto answer = authorize(request());
  ASSERT_TRUE(std::holds_alternative<Unavailable>(answer));
  EXPECT_TRUE(std::get<Unavailable>(answer).limited);
  EXPECT_EQ(std::get<Unavailable>(answer).retry_after, std::chrono::minutes(30));
  EXPECT_EQ(check_->asked, asked);
  site_.front_end.guesses = nullptr;
  EXPECT_EQ(verdict(request()), "challenge_wrong") << "a front end of trusted clients";
}

TEST_F(EnrollmentServiceTest, ATransactionThatBeganInTimeGoesOn) {
  site_.ledger.standing.emplace();
  for (const CheckAnswer& answer : {CheckAnswer(denied(core::failure::kChallengeExpired)),
                                    CheckAnswer(Unavailable{"silent"})}) {
    check_->answer = answer;
    auto resumed = authorize(request());
    ASSERT_TRUE(std::holds_alternative<AuthorizedRequest>(resumed));
    EXPECT_TRUE(std::holds_alternative<StillPending>(
        submit(std::move(std::get<AuthorizedRequest>(resumed)))));
  }
  EXPECT_TRUE(site_.ledger.asked.empty()) << "nothing begins anew";
  policy_.notify_within = std::chrono::minutes(15);
  EXPECT_EQ(verdict(request()), "unavailable") << "an NDES would issue anew";
  check_->answer = denied(core::failure::kChallengeExpired);
  EXPECT_EQ(verdict(request()), "challenge_expired");
}

TEST_F(EnrollmentServiceTest, AFailedOrEndedEnrollmentDoesNotGoOn) {
  check_->answer = denied(core::failure::kChallengeExpired);
  EXPECT_EQ(verdict(request()), "challenge_expired") << "no such transaction";
  CertificateSpec spec;
  spec.not_after = FakeClock::kStart;
  stand(certconnector::testing::issue(ca_, spec).certificate);
  EXPECT_EQ(verdict(request()), "challenge_expired") << "its certificate has ended";
  stand(device_.certificate);
  EXPECT_EQ(verdict(request()), "challenge_expired") << "it is the one that signs";
  stand(issue_to_device().certificate);
  EXPECT_EQ(verdict(request()), "authorized");
  site_.ledger.standing->state = core::JobState::failed;
  site_.ledger.standing->outcome = core::failed(core::failure::kDeniedByCa, "no");
  EXPECT_EQ(verdict(request()), "challenge_expired");
  check_->answer = denied(core::failure::kChallengeWrong);
  stand(issue_to_device().certificate);
  EXPECT_EQ(verdict(request()), "challenge_wrong") << "it never was a challenge";
}

TEST_F(EnrollmentServiceTest, APasswordThatStandsGivesARevokedKeyNothingMore) {
  auto lasting = challenge_1();
  lasting.single_use = false;
  check_->answer = lasting;
  stand(issue_to_device().certificate);
  EXPECT_EQ(verdict(request()), "authorized");
  known_.records.front().revocation.emplace();
  EXPECT_EQ(verdict(request()), "certificate_revoked");
  EXPECT_THAT(noted(), ::testing::ElementsAre("certificate_revoked"));
  check_->answer = challenge_1();
  EXPECT_EQ(verdict(request()), "authorized") << "a challenge for one certificate is the ledger's";
}

TEST_F(EnrollmentServiceTest, OneCertificateHasSoManyRenewals) {
  const Credential own = issue_to_device();
  EXPECT_EQ(verdict(request_of(own, other_, "T-1", "")), "authorized");
  EXPECT_EQ(verdict(request_of(own, other_, "T-2", "")), "authorized");
  EXPECT_EQ(verdict(request_of(own, other_, "T-1", "")), "authorized") << "the same one again";
  const auto answer = authorize(request_of(own, other_, "T-3", ""));
  ASSERT_TRUE(std::holds_alternative<Unavailable>(answer));
  EXPECT_TRUE(std::get<Unavailable>(answer).limited);
  EXPECT_EQ(std::get<Unavailable>(answer).retry_after, std::chrono::hours(24));
}

TEST_F(EnrollmentServiceTest, ACertificateIsGivenOutAgainWhileItIsGood) {
  stand(issue_to_device().certificate);
  site_.ledger.answers["job-1"] = *site_.ledger.standing;
  site_.ledger.answers["job-2"] = *site_.ledger.standing;
  const auto again = [this] { return submit(std::get<AuthorizedRequest>(authorize(request()))); };
  EXPECT_TRUE(std::holds_alternative<Enrolled>(again()));
  EXPECT_TRUE(std::holds_alternative<Enrolled>(site_.service.poll(request()).value()));
  known_.records.front().revocation.emplace();
  const auto refused = again();
  ASSERT_TRUE(std::holds_alternative<Denied>(refused));
  EXPECT_EQ(std::get<Denied>(refused).reason.code, "certificate_revoked");
  EXPECT_EQ(std::get<Denied>(refused).device, "phone-1");
  EXPECT_TRUE(std::holds_alternative<Denied>(site_.service.poll(request()).value()));
  known_.failure = Error(core::CoreErrc::bad_answer, ErrorKind::transient, "silent");
  EXPECT_TRUE(std::holds_alternative<Unavailable>(site_.service.poll(request()).value()));
  site_.ledger.standing.reset();
  EXPECT_FALSE(site_.service.poll(request())) << "there is no such transaction";
}

TEST_F(EnrollmentServiceTest, AnNdesGetsNoSecondCertificateOnAChallengeThatHasEnded) {
  policy_.notify_within = std::chrono::minutes(15);
  stand(issue_to_device().certificate);
  site_.ledger.answers["job-1"] = *site_.ledger.standing;
  auto authorized = authorize(request());
  site_.clock.advance(kHour - Duration(1));
  EXPECT_TRUE(std::holds_alternative<Enrolled>(submit(std::get<AuthorizedRequest>(authorized))));
  site_.ledger.answers["job-2"] = *site_.ledger.standing;
  site_.clock.advance(Duration(1));
  const auto refused = submit(std::move(std::get<AuthorizedRequest>(authorized)));
  ASSERT_TRUE(std::holds_alternative<Denied>(refused));
  EXPECT_EQ(std::get<Denied>(refused).reason.code, "challenge_used");
}

TEST_F(EnrollmentServiceTest, AValidatorThatHangsHoldsNobodysThread) {
  policy_.check = std::make_shared<EndpointCheck>(site_.validation_pool);
  site_.validator.hold();
  const Awaited<AuthorizeAnswer> held;
  site_.service.authorize(request(), held);
  ASSERT_TRUE(site_.validator.wait_for_held(1));
  EXPECT_FALSE(held.is_there());
  site_.validator.answer_with([](const core::ChallengeQuestion&) {
    return core::ChallengeDenied{"own", "not ours"};
  });
  site_.validator.release();
  const auto answer = held.get();
  ASSERT_TRUE(answer && std::holds_alternative<Denied>(*answer));
  EXPECT_EQ(std::get<Denied>(*answer).reason.code, "challenge_refused");
}

// The validator learns nothing of a client that the service locked out while it waited.
TEST_F(EnrollmentServiceTest, TheLockoutIsLookedAtAgainAfterTheWait) {
  policy_.check = std::make_shared<EndpointCheck>(site_.validation_pool);
  site_.guesses.set(1, kHour);
  site_.validator.hold();
  const Awaited<AuthorizeAnswer> first;
  const Awaited<AuthorizeAnswer> second;
  site_.service.authorize(request("T-1"), first);
  ASSERT_TRUE(site_.validator.wait_for_held(1));
  site_.service.authorize(request("T-2"), second);
  site_.guesses.count("192.0.2.1");
  site_.validator.answer_with([](const core::ChallengeQuestion&) {
    return core::ChallengeDenied{"own", "not ours"};
  });
  site_.validator.release();
  const auto answer = second.get();
  ASSERT_TRUE(answer && std::holds_alternative<Unavailable>(*answer));
  EXPECT_TRUE(std::get<Unavailable>(*answer).limited);
  EXPECT_EQ(site_.validator.asked().size(), 1U);
}

TEST_F(EnrollmentServiceTest, TooManyThatWaitForTheValidatorGetUnavailable) {
  policy_.check = std::make_shared<EndpointCheck>(site_.validation_pool);
  site_.validation_pool.close();
  const auto answer = authorize(request());
  ASSERT_TRUE(std::holds_alternative<Unavailable>(answer));
  EXPECT_EQ(std::get<Unavailable>(answer).message,
            "too many challenges wait for the management endpoint");
  EXPECT_FALSE(std::get<Unavailable>(answer).limited);
}

TEST_F(EnrollmentServiceTest, ASubmissionIsAnsweredWhenTheAgentStops) {
  auto authorized = authorize(request());
  const Awaited<SubmitAnswer> outcome;
  site_.service.submit(std::move(std::get<AuthorizedRequest>(authorized)), outcome);
  site_.pool.close();
  site_.queue.close();
  const auto answer = outcome.get();
  ASSERT_TRUE(answer && std::holds_alternative<Unavailable>(*answer));
  EXPECT_EQ(std::get<Unavailable>(*answer).message, "the agent stops");
}

}  // namespace
}  // namespace certconnector::enrollment
