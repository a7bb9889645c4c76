// After a rollover, devices renew with certificates of the CA before.
#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

class ScepPreviousCa : public ScepFixture {
 protected:
  void SetUp() override {
    start_static("renewal_window = 3650d\n");
    old_ = client().ask(first_).certificate;
    ASSERT_TRUE(old_);
  }
  // The service has another CA from now on.
  void roll_over(const std::string& lines) {
    restart_with("ca = next\n" + lines + "[ca.default]\n[ca.next]\n");
    agent().create_ca("next");
  }
  ScepAnswer renew() {
    ScepRequest renewal;
    renewal.type = "17";
    renewal.transaction_id = "renewal";
    renewal.key = first_.key;
    renewal.certificate = *old_;
    renewal.inside = scep_pkcs10(rsa_device(1).key, scep_subject("CN=phone,O=Test", ""));
    return client().ask(renewal);
  }
  crypto::Certificate ca(const std::string& name) {
    return crypto::Certificate::from_der(agent().cas().find_ca(name)->ports.ca->chain().front())
        .value();
  }

  const ScepRequest first_ = enrollment(kSecret);
  std::optional<crypto::Certificate> old_;
};

TEST_F(ScepPreviousCa, TodaysCaRenewsItsCertificates) {
  roll_over("previous_ca = default\n");
  const ScepAnswer renewed = renew();
  ASSERT_TRUE(renewed.issued()) << renewed.fail_info;
  EXPECT_TRUE(old_->issued_by(ca("default")));
  EXPECT_TRUE(renewed.certificate->issued_by(ca("next")));
  const auto lineage_of = [&](const std::string& name, const crypto::Certificate& certificate) {
    const auto found = agent().certificates().find(
        agent().cas().find_ca(name)->description.fingerprint, {certificate.serial(), {}});
    return found.ok() && *found ? (*found)->lineage.value : -1;
  };
  EXPECT_EQ(lineage_of("next", *renewed.certificate), lineage_of("default", *old_));
}

TEST_F(ScepPreviousCa, NotOneThatTheCaRevoked) {
  revoke(*old_);
  roll_over("previous_ca = default\n");
  EXPECT_EQ(renew().fail_info, kBadRequest);
  EXPECT_EQ(code_of("renewal"), "renewal_not_allowed");
}

TEST_F(ScepPreviousCa, OnlyWhereTheServiceNamesIt) {
  roll_over("");
  EXPECT_EQ(renew().fail_info, kBadRequest);
}

}  // namespace
}  // namespace certconnector::app
