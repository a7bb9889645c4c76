// Requests that another key signs than the one that they are for: a device whose key cannot decrypt
// makes a throw-away RSA key for the message and its answer.
#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;

class ScepSigner : public ScepFixture {
 protected:
  static crypto::PrivateKey make_ec_key() {
    return crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  }
  static ScepRequest signed_by(std::size_t signer, const Bytes& pkcs10,
                               const std::string& transaction_id = "T1") {
    ScepRequest request;
    request.transaction_id = transaction_id;
    request.inside = pkcs10;
    request.key = rsa_device(signer).key;
    request.certificate = rsa_device(signer).certificate;
    return request;
  }
  static ScepRequest poll_of(ScepRequest request) {
    request.type = "20";
    return request;
  }
  Bytes pkcs10(const std::string& challenge = kSecret) const {
    return scep_pkcs10(ec_, scep_subject("CN=phone,O=Test", challenge));
  }

  const crypto::PrivateKey ec_ = make_ec_key();
};

TEST_F(ScepSigner, AKeyThatCannotDecryptGetsItsCertificateByAThrowAwayKey) {
  start_static();
  const Bytes request = pkcs10();
  const ScepAnswer first = client().ask(signed_by(1, request));
  ASSERT_TRUE(first.issued()) << first.fail_info << first.fail_info_text;
  EXPECT_TRUE(first.certificate->belongs_to(ec_));
  restart();
  const ScepAnswer other_signer = client().ask(signed_by(2, request));
  ASSERT_TRUE(other_signer.issued()) << other_signer.fail_info;
  EXPECT_EQ(other_signer.certificate->der(), first.certificate->der());
  EXPECT_EQ(certificates_issued(), 1U);
}

TEST_F(ScepSigner, AKeyThatCanDecryptNeedsTheSwitch) {
  start_static();
  const Bytes request = scep_pkcs10(rsa_device(0).key, scep_subject("CN=phone,O=Test", kSecret));
  EXPECT_EQ(client().ask(signed_by(1, request)).fail_info, kBadMessageCheck);
  EXPECT_EQ(code_of("T1"), "bad_signature");
  EXPECT_THAT(std::get<core::Failed>(*job_of("T1").outcome).message,
              HasSubstr("foreign_signer = yes"));
  restart_with("foreign_signer = yes");
  const ScepAnswer answer = client().ask(signed_by(1, request, "T2"));
  ASSERT_TRUE(answer.issued()) << answer.fail_info;
  EXPECT_TRUE(answer.certificate->belongs_to(rsa_device(0).key));
}

TEST_F(ScepSigner, APollIsBoundToTheSignersOfTheRequest) {
  start_static("", "[template.device]\napproval = yes\n");
  const Bytes request = pkcs10();
  EXPECT_EQ(client().ask(signed_by(1, request)).status, "3");
  EXPECT_EQ(client().ask(poll_of(signed_by(1, request))).status, "3");
  EXPECT_EQ(client().ask(poll_of(signed_by(2, request))).fail_info, kBadCertId);
  EXPECT_EQ(client().ask(signed_by(2, request)).status, "3") << "the same request";
  restart();
  EXPECT_EQ(client().ask(poll_of(signed_by(2, request))).status, "3");
  EXPECT_EQ(client().ask(poll_of(signed_by(1, request))).status, "3") << "the first one still does";
  EXPECT_EQ(client().ask(poll_of(signed_by(3, request))).fail_info, kBadCertId);

  ASSERT_TRUE(agent().jobs().approve(job_of("T1").ticket, SystemClock().now(), "boss").ok());
  agent().local_jobs().jobs_changed();
  const ScepAnswer same = client().ask(signed_by(2, request));
  ASSERT_TRUE(same.issued());
  EXPECT_EQ(client().ask(poll_of(signed_by(2, request))).certificate->der(),
            same.certificate->der());
  EXPECT_EQ(certificates_issued(), 1U);
}

TEST_F(ScepSigner, TheChallengeIsForOneKeyWhoeverSigns) {
  start_signed();
  const std::string token = mint(claims());
  ASSERT_TRUE(client().ask(signed_by(1, pkcs10(token))).issued());
  const auto thief = make_ec_key();
  const Bytes other = scep_pkcs10(thief, scep_subject("CN=phone,O=Test", token));
  for (const char* transaction : {"T1", "T2"}) {
    for (const std::size_t signer : {1U, 2U}) {
      EXPECT_EQ(client().ask(signed_by(signer, other, transaction)).fail_info, kBadRequest);
    }
  }
  EXPECT_EQ(client().ask(signed_by(1, pkcs10(token), "T2")).fail_info, kBadRequest)
      << "another transaction";
  EXPECT_EQ(certificates_issued(), 1U);
}

TEST_F(ScepSigner, AThrowAwayKeyAuthorizesNothing) {
  start_static();
  EXPECT_EQ(client().ask(signed_by(1, pkcs10(""))).fail_info, kBadRequest);
  EXPECT_EQ(code_of("T1"), "challenge_missing");
  EXPECT_EQ(client().ask(signed_by(1, pkcs10("a wrong password"), "T2")).fail_info, kBadRequest);
  ScepRequest renewal = signed_by(1, pkcs10(), "T3");
  renewal.type = "17";
  EXPECT_EQ(client().ask(renewal).fail_info, kBadRequest);
  EXPECT_EQ(code_of("T3"), "renewal_not_allowed");
  EXPECT_EQ(certificates_issued(), 0U);
}

// A certificate of the CA renews, or signs for its own key.
TEST_F(ScepSigner, ACertificateOfTheCaSignsForNoOtherKey) {
  start_static("renewal = no\n");
  const ScepAnswer own = client().ask(enrollment(kSecret));
  ASSERT_TRUE(own.issued());
  ScepRequest request = signed_by(0, pkcs10(), "T2");
  request.certificate = *own.certificate;
  EXPECT_EQ(client().ask(request).fail_info, kBadRequest);
  EXPECT_EQ(code_of("T2"), "renewal_not_allowed");
  restart_with("foreign_signer = yes");
  EXPECT_EQ(client().ask(request).fail_info, kBadRequest);
}

}  // namespace
}  // namespace certconnector::app
