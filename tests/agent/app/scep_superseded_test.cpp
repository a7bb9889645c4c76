// The agent revokes a certificate once its device has the one that renewed it.
#include <thread>

#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;

class ScepSuperseded : public ScepFixture {
 protected:
  static constexpr const char* kSubject = "CN=phone,O=Test";

  static ScepRequest signed_by(const crypto::Certificate& certificate, std::size_t key) {
    ScepRequest request;
    request.key = rsa_device(key).key;
    request.certificate = certificate;
    return request;
  }
  static ScepRequest renewal_by(const crypto::Certificate& old, std::size_t key,
                                std::size_t next_key) {
    ScepRequest renewal = signed_by(old, key);
    renewal.type = "17";
    renewal.transaction_id = "renewal-" + std::to_string(next_key);
    renewal.inside = scep_pkcs10(rsa_device(next_key).key, scep_subject(kSubject, ""));
    return renewal;
  }
  // GetCert for itself.
  static ScepRequest use_of(const crypto::Certificate& own, std::size_t key) {
    ScepRequest query = signed_by(own, key);
    query.type = "21";
    query.transaction_id = "query";
    query.inside = issuer_and_serial(own.issuer(), own.serial());
    return query;
  }
  core::CertificateRecord record_of(const crypto::Certificate& certificate) {
    const auto found = agent().certificates().find(core::CertificateId{certificate.serial(), {}});
    EXPECT_TRUE(found.ok() && found->size() == 1);
    return found.ok() && !found->empty() ? found->front().record : core::CertificateRecord();
  }
  bool is_revoked_soon(const crypto::Certificate& certificate) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!record_of(certificate).revocation) {
      if (std::chrono::steady_clock::now() > patience) return false;
      std::this_thread::yield();
    }
    return true;
  }
};

TEST_F(ScepSuperseded, RevokesTheOldCertificateWhenTheNewOneIsUsed) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  const ScepAnswer renewed = client().ask(renewal_by(*old.certificate, 0, 1));
  ASSERT_TRUE(renewed.issued()) << renewed.fail_info;
  EXPECT_FALSE(record_of(*old.certificate).revocation);

  ASSERT_TRUE(client().ask(use_of(*renewed.certificate, 1)).issued());
  ASSERT_TRUE(is_revoked_soon(*old.certificate));
  EXPECT_EQ(record_of(*old.certificate).revocation->reason, core::RevocationReason::superseded);
  EXPECT_FALSE(record_of(*renewed.certificate).revocation);
  ASSERT_EQ(site_.logger.count("certificate.superseded"), 1U);
  const std::string job = site_.logger.records("certificate.superseded").back().field("job");
  const auto jobs = agent().jobs().find(job);
  ASSERT_TRUE(jobs.ok() && jobs->size() == 1);
  const auto history = agent().jobs().history(jobs->front().ticket);
  ASSERT_TRUE(history.ok() && !history->empty());
  EXPECT_THAT(history->front().message,
              HasSubstr("renewed this one. Its key has signed a request"));
}

TEST_F(ScepSuperseded, KnowsWhichRenewalsDevicesGot) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  ASSERT_TRUE(client().ask(renewal_by(*old.certificate, 0, 1)).issued());
  restart();  // stores which answers were given
  const core::CaFingerprint ca = agent().status().cas.at(0).description.fingerprint;
  const auto look = agent().enrollments().supersede(
      {{"phones", ca, Duration(0)}}, SystemClock().wall() + std::chrono::hours(48), 10);
  ASSERT_TRUE(look.ok());
  ASSERT_EQ(look->revoked.size(), 1U);
  EXPECT_EQ(look->revoked[0].serial, old.certificate->serial());
}

TEST_F(ScepSuperseded, ADeviceThatLostTheAnswerGetsItAlsoWithARevokedCertificate) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  const ScepRequest renewal = renewal_by(*old.certificate, 0, 1);
  const ScepAnswer renewed = client().ask(renewal);
  ASSERT_TRUE(renewed.issued()) << renewed.fail_info;
  revoke(*old.certificate, core::RevocationReason::superseded);
  const ScepAnswer again = client().ask(renewal);
  ASSERT_TRUE(again.issued()) << again.fail_info_text;
  EXPECT_EQ(again.certificate->der(), renewed.certificate->der());
}

}  // namespace
}  // namespace certconnector::app
