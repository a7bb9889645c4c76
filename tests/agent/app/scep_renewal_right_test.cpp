// Unauthorized renewals, in both shapes that clients use: RenewalReq, and PKCSReq signed with the
// old certificate.
#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;

class ScepRenewalRight : public ScepFixture, public ::testing::WithParamInterface<const char*> {
 protected:
  // The shape that this run asks in, without a challenge.
  static ScepRequest renewal(const crypto::Certificate& old, const std::string& transaction_id,
                             const std::string& subject = "CN=phone,O=Test") {
    ScepRequest request;
    request.type = GetParam();
    request.transaction_id = transaction_id;
    request.certificate = old;
    request.inside = scep_pkcs10(request.key, scep_subject(subject, ""));
    return request;
  }
  void expect_refused(const ScepRequest& request, const std::string& code) {
    EXPECT_EQ(client().ask(request).fail_info, kBadRequest) << request.transaction_id;
    EXPECT_EQ(code_of(request.transaction_id), code) << request.transaction_id;
    EXPECT_EQ(certificates_issued(), 1U) << request.transaction_id;
  }
};

TEST_P(ScepRenewalRight, NotForAnotherSubject) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  expect_refused(renewal(*old.certificate, "other-subject", "CN=boss,O=Test"), "subject_mismatch");
}

TEST_P(ScepRenewalRight, NotBeforeItsTime) {
  start_static("renewal_window = 30d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  expect_refused(renewal(*old.certificate, "early"), "renewal_not_allowed");
}

TEST_P(ScepRenewalRight, NotWithARevokedCertificate) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  revoke(*old.certificate);
  expect_refused(renewal(*old.certificate, "revoked"), "renewal_not_allowed");
  EXPECT_THAT(std::get<core::Failed>(*job_of("revoked").outcome).message, HasSubstr("revoked"));
}

// Clients that derive the transaction id from their key ask again in the transaction of the old
// certificate: the old certificate is no answer.
TEST_P(ScepRenewalRight, NotInTheTransactionThatBroughtTheOldOne) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  revoke(*old.certificate);
  const ScepAnswer again = client().ask(renewal(*old.certificate, "T1"));
  EXPECT_EQ(again.fail_info, kBadRequest);
  EXPECT_FALSE(again.certificate);
  EXPECT_EQ(certificates_issued(), 1U);
}

TEST_P(ScepRenewalRight, NotWhereTheServiceDoesNotRenew) {
  start_static("renewal = no\nrenewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  expect_refused(renewal(*old.certificate, "never"), "renewal_not_allowed");
}

// The certificate claims our CA's name. A renewal with it is unauthorized, and an enrollment with
// it lacks a challenge.
TEST_P(ScepRenewalRight, NotWithACertificateOfAnotherCa) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  certconnector::testing::CertificateSpec like_our_ca;
  like_our_ca.subject = old.certificate->issuer_text();
  like_our_ca.ca = true;
  certconnector::testing::CertificateSpec like_ours;
  like_ours.subject = "CN=phone,O=Test";
  const crypto::Certificate forged = certconnector::testing::issue_for_key(
      certconnector::testing::make_self_signed(like_our_ca), like_ours, rsa_device(0).key);
  const bool renews = GetParam() == std::string("17");
  expect_refused(renewal(forged, "forged"), renews ? "renewal_not_allowed" : "challenge_missing");
}

INSTANTIATE_TEST_SUITE_P(InBothShapes, ScepRenewalRight, ::testing::Values("17", "19"),
                         [](const auto& shape) {
                           return shape.param == std::string("17") ? "RenewalReq" : "PKCSReq";
                         });

}  // namespace
}  // namespace certconnector::app
