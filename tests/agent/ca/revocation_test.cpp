#include <ostream>

#include "common/crypto/digest.h"
#include "tests/agent/ca/local_ca_fixture.h"

namespace certconnector::ca::testing {
namespace {

using core::RevocationReason;

class RevokingCertificates : public LocalCaFixture {
 protected:
  void SetUp() override {
    start();
    const auto request = make_request({});
    issued_ = issue(submission(request)).certificate;
  }

  core::IssuedCertificate issued_;
};

TEST_F(RevokingCertificates, StandsFromTheMomentItWasAsked) {
  clock_.advance(std::chrono::minutes(3));
  const auto answer = revoke({issued_.serial, {}}, RevocationReason::key_compromise);
  ASSERT_TRUE(std::holds_alternative<core::Revoked>(answer));
  EXPECT_EQ(std::get<core::Revoked>(answer).at, clock_.wall());
  EXPECT_FALSE(std::get<core::Revoked>(answer).already);
}

TEST_F(RevokingCertificates, AgainTellsSinceWhen) {
  static_cast<void>(revoke({issued_.serial, {}}, RevocationReason::key_compromise));
  const Timestamp first = clock_.wall();
  clock_.advance(std::chrono::hours(1));
  const auto answer = revoke({issued_.serial, {}}, RevocationReason::superseded);
  ASSERT_TRUE(std::holds_alternative<core::Revoked>(answer));
  EXPECT_EQ(std::get<core::Revoked>(answer).at, first);
  EXPECT_TRUE(std::get<core::Revoked>(answer).already);
}

TEST_F(RevokingCertificates, ByEitherThumbprint) {
  const auto request = make_request({});
  const auto other = issue(submission(request)).certificate;
  const auto sha1 = crypto::view(crypto::sha1(issued_.certificate)).to_bytes();
  const auto sha256 = crypto::view(crypto::sha256(other.certificate)).to_bytes();
  for (const auto& thumbprint : {sha1, sha256}) {
    const auto answer = revoke({{}, thumbprint}, RevocationReason::unspecified);
    EXPECT_TRUE(std::holds_alternative<core::Revoked>(answer));
  }
  for (const auto& record : certificate_store_.records())
    EXPECT_TRUE(record.revocation.has_value());
}

TEST_F(RevokingCertificates, AHoldIsLiftedOrMadeFinal) {
  static_cast<void>(revoke({issued_.serial, {}}, RevocationReason::certificate_hold));
  auto answer = revoke({issued_.serial, {}}, RevocationReason::remove_from_crl);
  EXPECT_TRUE(std::holds_alternative<core::Revoked>(answer));
  EXPECT_FALSE(certificate_store_.records().front().revocation.has_value());
  static_cast<void>(revoke({issued_.serial, {}}, RevocationReason::certificate_hold));
  answer = revoke({issued_.serial, {}}, RevocationReason::key_compromise);
  ASSERT_TRUE(std::holds_alternative<core::Revoked>(answer));
  EXPECT_FALSE(std::get<core::Revoked>(answer).already);
  EXPECT_EQ(certificate_store_.records().front().revocation->reason,
            RevocationReason::key_compromise);
}

// After a crash nobody knows whether the hold was lifted already.
TEST_F(RevokingCertificates, AHoldIsLiftedTwiceWithoutHarm) {
  static_cast<void>(revoke({issued_.serial, {}}, RevocationReason::certificate_hold));
  static_cast<void>(revoke({issued_.serial, {}}, RevocationReason::remove_from_crl));
  const auto again = revoke({issued_.serial, {}}, RevocationReason::remove_from_crl);
  ASSERT_TRUE(std::holds_alternative<core::Revoked>(again));
  EXPECT_TRUE(std::get<core::Revoked>(again).already);
  EXPECT_FALSE(certificate_store_.records().front().revocation.has_value());
}

TEST_F(RevokingCertificates, RefusesWhatItCannotDo) {
  const auto unknown = denial(revoke({{0x01, 0x02}, {}}, RevocationReason::superseded));
  EXPECT_EQ(unknown.code, "certificate_not_found");
  EXPECT_EQ(unknown.hresult, static_cast<std::int32_t>(0x80092004U));
  static_cast<void>(revoke({issued_.serial, {}}, RevocationReason::key_compromise));
  const auto for_good = denial(revoke({issued_.serial, {}}, RevocationReason::remove_from_crl));
  EXPECT_EQ(for_good.code, "not_on_hold");
}

TEST_F(RevokingCertificates, ABadOneDoesNotStopTheOthers) {
  core::Revocation good;
  good.certificate.serial = issued_.serial;
  core::Revocation bad;
  bad.certificate.serial = {0x7F};
  const auto answers = ca_->revoke({bad, good}, {});
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(answers[0]));
  EXPECT_TRUE(std::holds_alternative<core::Revoked>(answers[1]));
}

TEST_F(RevokingCertificates, IsNotAnsweredWhenItIsNotDurable) {
  certificate_store_.fail_writes(true);
  const auto answer = revoke({issued_.serial, {}}, RevocationReason::key_compromise);
  EXPECT_TRUE(std::holds_alternative<core::CaUnavailable>(answer));
}

TEST_F(RevokingCertificates, InADamagedCertificateStoreIsNoPassingFailure) {
  certificate_store_.be_damaged(false);
  const auto answer = revoke({issued_.serial, {}}, RevocationReason::key_compromise);
  EXPECT_TRUE(std::holds_alternative<core::CaDamaged>(answer));
}

}  // namespace
}  // namespace certconnector::ca::testing
