#include "tests/contract/ca_contract.h"

#include "common/crypto/certificate.h"
#include "common/crypto/key.h"
#include "common/text/hex.h"

namespace certconnector::contract {
namespace {

crypto::Pkcs10 make_request() {
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256});
  crypto::Pkcs10Spec spec;
  spec.subject = crypto::parse_rfc4514("CN=device,O=Contract").value();
  spec.subject_alt_names = {{crypto::GeneralNameKind::dns, "device.example"}};
  return crypto::Pkcs10::parse(crypto::make_pkcs10(key.value(), spec).value()).value();
}

// Contexts of calls that may take their time.
const core::CallContext kPatient;

}  // namespace

CaContract::CaContract() : site_(GetParam().make()), request_(make_request()) {}

core::Submission CaContract::submission(std::uint8_t number) const {
  core::Submission one;
  one.key[0] = number;
  one.request = &request_;
  one.template_name = "device";
  return one;
}

core::SubmitAnswer CaContract::submit(const core::Submission& one) {
  auto answers = ports().ca->submit({one}, kPatient);
  EXPECT_EQ(answers.size(), 1U);
  if (const auto* issued =
          answers.empty() ? nullptr : std::get_if<core::Issued>(&answers.front())) {
    site_->record({one.key, one.template_name, issued->certificate});
  }
  return answers.empty() ? core::SubmitAnswer(core::InDoubt{"no answer"}) : answers.front();
}

TEST_P(CaContract, DescribesItselfByTheCertificateThatItSignsWith) {
  const core::CaDescription about = ports().ca->describe();
  EXPECT_EQ(about.fingerprint.size(), 64U);
  EXPECT_FALSE(about.subject.empty());
  if (!site_->real_certificates()) return;
  const auto chain = ports().ca->chain();
  ASSERT_FALSE(chain.empty());
  const auto own = crypto::Certificate::from_der(chain.front()).value();
  EXPECT_EQ(about.fingerprint, text::to_hex(crypto::view(own.sha256())));
  EXPECT_EQ(about.not_after, own.not_after());
}

TEST_P(CaContract, IssuesWhatIsAskedFor) {
  const core::SubmitAnswer answer = submit(submission(1));
  const auto* issued = std::get_if<core::Issued>(&answer);
  ASSERT_NE(issued, nullptr) << answer.index();
  EXPECT_FALSE(issued->certificate.serial.empty());
  if (!site_->real_certificates()) return;
  const auto certificate = crypto::Certificate::from_der(issued->certificate.certificate).value();
  const auto ca = crypto::Certificate::from_der(ports().ca->chain().front()).value();
  EXPECT_TRUE(certificate.issued_by(ca));
  EXPECT_EQ(certificate.serial(), issued->certificate.serial);
  EXPECT_EQ(certificate.not_after(), issued->certificate.not_after);
  EXPECT_EQ(ByteView(certificate.public_key_info()), request().public_key_info());
  EXPECT_EQ(certificate.subject_text(), "CN=device,O=Contract");
  EXPECT_EQ(certificate.subject_alt_names(), request().subject_alt_names().value());
  EXPECT_FALSE(certificate.is_ca());
}

TEST_P(CaContract, AnswersEachRequestInItsPlace) {
  auto wrong = submission(2);
  wrong.template_name = "no-such-template";
  const auto answers = ports().ca->submit({submission(1), wrong, submission(3)}, kPatient);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<core::Issued>(answers[0]));
  EXPECT_EQ(std::holds_alternative<core::DeniedByCa>(answers[1]), site_->has_templates());
  EXPECT_TRUE(std::holds_alternative<core::Issued>(answers[2]));
}

TEST_P(CaContract, FindsWhatBecameOfARequestAndOnlyOfThat) {
  ASSERT_NE(ports().finder, nullptr);
  const auto key = submission(1).key;
  const auto before = ports().finder->find(key, request().public_key_info(), {}, kPatient);
  ASSERT_TRUE(before.ok()) << before.error().message();
  EXPECT_FALSE(before->has_value());
  const core::SubmitAnswer answer = submit(submission(1));
  ASSERT_TRUE(std::holds_alternative<core::Issued>(answer));
  const auto after = ports().finder->find(key, request().public_key_info(), {}, kPatient);
  ASSERT_TRUE(after.ok()) << after.error().message();
  ASSERT_TRUE(after->has_value());
  EXPECT_EQ((*after)->certificate.serial, std::get<core::Issued>(answer).certificate.serial);
  const auto other =
      ports().finder->find(submission(9).key, request().public_key_info(), {}, kPatient);
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(other->has_value());
}

TEST_P(CaContract, RevokesWhatItIssuedAndAgainWithoutHarm) {
  const core::SubmitAnswer answer = submit(submission(1));
  ASSERT_TRUE(std::holds_alternative<core::Issued>(answer));
  core::Revocation revocation;
  revocation.certificate.serial = std::get<core::Issued>(answer).certificate.serial;
  revocation.reason = core::RevocationReason::key_compromise;
  for (int time = 0; time < 2; ++time) {
    const auto answers = ports().ca->revoke({revocation}, kPatient);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<core::Revoked>(answers.front())) << time;
  }
}

TEST_P(CaContract, DeniesToRevokeWhatItNeverIssued) {
  if (!site_->real_certificates()) return;
  core::Revocation revocation;
  revocation.certificate.serial = {0x12, 0x34};
  const auto answers = ports().ca->revoke({revocation}, kPatient);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(answers.front()));
}

TEST_P(CaContract, HasNothingPendingThatItWasNotAskedFor) {
  if (!site_->real_certificates()) return;
  const core::SubmitAnswer answer =
      ports().ca->retrieve("no-such-request", submission(1).key, kPatient);
  EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(answer)) << answer.index();
}

TEST_P(CaContract, ChecksItselfWithoutLeavingACertificate) {
  const Status checked = ports().ca->check(kPatient);
  EXPECT_TRUE(checked.ok()) << checked.error().message();
}

TEST_P(CaContract, ACallWhoseStopWasRequestedReturns) {
  StopSource stop;
  stop.request_stop();
  const auto answers = ports().ca->submit({submission(1)}, {Timestamp::max(), stop.token()});
  EXPECT_EQ(answers.size(), 1U);
}

}  // namespace certconnector::contract
