// A CA that was in use elsewhere, in a whole agent.
#include <filesystem>

#include "agent/app/configuration_check.h"
#include "agent/app/errors.h"
#include "agent/ca/earlier_records.h"
#include "tests/agent/app/scep_fixture.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_crl.h"
#include "tests/support/test_pki.h"

namespace certconnector::app {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::FakeClock;
using ::testing::HasSubstr;

class ImportedCa : public ScepFixture {
 protected:
  // The key and the certificate of the agent's CA, with which another program works too.
  Credential other_program() {
    const std::string folder = site_.settings().agent.state_dir + "/ca/default/";
    const auto key =
        crypto::PrivateKey::from_pem(certconnector::testing::read_file(folder + "key.pem"), {});
    const auto certificate = crypto::Certificate::from_pem(
        certconnector::testing::read_file(folder + "certificate.pem"));
    return {key.value(), certificate.value()};
  }
  static crypto::Certificate issued_elsewhere(const Credential& ca) {
    CertificateSpec spec;
    spec.subject = "CN=phone,O=Test";
    spec.key_usage = "digitalSignature,keyEncipherment";
    spec.extended_key_usage = "clientAuth";
    spec.not_after = FakeClock::kStart + std::chrono::hours(24 * 700);
    return certconnector::testing::issue_for_key(ca, spec, rsa_device(0).key);
  }
  static ScepRequest renewal(const crypto::Certificate& old, const std::string& transaction_id,
                             std::size_t device) {
    ScepRequest request;
    request.transaction_id = transaction_id;
    request.certificate = old;
    request.type = "17";
    request.inside = scep_pkcs10(rsa_device(device).key, scep_subject("CN=phone,O=Test", ""));
    return request;
  }
  Result<core::EarlierTaken> take(const control::EarlierRecords& records) {
    return agent().ca_administration().take_earlier(records);
  }
  static control::EarlierRecords with_crl(const Bytes& crl) {
    control::EarlierRecords records;
    records.ca = "default";
    records.crl = {"one", 0, crl.size(), crl};
    return records;
  }
};

TEST_F(ImportedCa, ACertificateFromElsewhereRenewsWithinTheLimitsOfALineage) {
  start_static("renewal_window = 3650d\nrenewals_in_force = 2\n");
  (void)client().ra();
  const Credential ca = other_program();
  const crypto::Certificate old = issued_elsewhere(ca);
  EXPECT_FALSE(client().ask(renewal(old, "before", 1)).issued());
  control::EarlierRecords nothing;
  nothing.ca = "default";
  ASSERT_TRUE(take(nothing).ok());
  const ScepAnswer renewed = client().ask(renewal(old, "first", 1));
  ASSERT_TRUE(renewed.issued()) << code_of("first");
  const auto fingerprint = ca::fingerprint_of(ca.certificate);
  const auto lineage_of = [&](const crypto::Certificate& one) {
    return agent()
        .certificates()
        .find(fingerprint, core::CertificateId{one.serial(), {}})
        .value()
        ->lineage;
  };
  EXPECT_EQ(lineage_of(*renewed.certificate), lineage_of(old));
  EXPECT_FALSE(client().ask(renewal(old, "second", 2)).issued())
      << "an old certificate does not renew without end";
}

TEST_F(ImportedCa, ARevocationFromElsewhereEndsRenewals) {
  start_static("renewal_window = 3650d\n");
  (void)client().ra();
  const Credential ca = other_program();
  const crypto::Certificate old = issued_elsewhere(ca);
  certconnector::testing::TestCrl crl;
  crl.entries = {{old.serial(), FakeClock::kStart, 1}};
  if (crl.entries[0].serial[0] >= 0x80)
    crl.entries[0].serial.insert(crl.entries[0].serial.begin(), 0);
  const auto taken = take(with_crl(certconnector::testing::make_crl(ca, crl)));
  ASSERT_TRUE(taken.ok()) << taken.error().message();
  EXPECT_EQ(taken->added, 1U);
  EXPECT_FALSE(client().ask(renewal(old, "revoked", 1)).issued());
  EXPECT_EQ(code_of("revoked"), "renewal_not_allowed");
}

TEST_F(ImportedCa, ACrlOfAnotherKeyIsRefused) {
  start_static();
  CertificateSpec spec;
  spec.subject = other_program().certificate.subject_text();
  spec.ca = true;
  const Credential other = certconnector::testing::make_self_signed(spec);
  EXPECT_FALSE(take(with_crl(certconnector::testing::make_crl(other, {}))).ok());
  EXPECT_FALSE(agent()
                   .certificates()
                   .may_have_issued_more(ca::fingerprint_of(other_program().certificate))
                   .value())
      << "nothing was taken";
}

TEST(ImportOfACa, WantsItsPast) {
  Site site;
  RunningAgent agent(site);
  CertificateSpec spec;
  spec.subject = "CN=Old CA";
  spec.ca = true;
  spec.key_usage = "keyCertSign,cRLSign";
  const Credential old = certconnector::testing::make_self_signed(spec);
  control::ImportCa import;
  import.name = "default";
  import.certificate_pem = old.certificate.to_pem();
  import.key_pem = old.key_pem();
  import.examine = true;
  const auto examined = agent.ca_administration().import_ca(import);
  ASSERT_TRUE(examined.ok()) << examined.error().message();
  EXPECT_FALSE(examined->past_is_known);
  EXPECT_FALSE(agent.status().cas[0].set_up) << "nothing was changed";
  import.examine = false;
  const auto refused = agent.ca_administration().import_ca(import);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), error_code(AppErrc::past_missing));
  EXPECT_THAT(refused.error().message(), HasSubstr("was in use elsewhere"));
  EXPECT_FALSE(agent.status().cas[0].set_up);
  import.past_is_told = true;
  ASSERT_TRUE(agent.ca_administration().import_ca(import).ok());
  const auto fingerprint = ca::fingerprint_of(old.certificate);
  EXPECT_TRUE(agent.certificates().may_have_issued_more(fingerprint).value());
  ASSERT_TRUE(agent.ca_administration().publish_crl("default").ok());
  import.past_is_told = false;
  const auto again = agent.ca_administration().import_ca(import);
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_TRUE(again->past_is_known);
}

// A CA of the test, as a person brings it.
control::ImportCa brought(const std::string& section, const Credential& ca) {
  control::ImportCa import;
  import.name = section;
  import.certificate_pem = ca.certificate.to_pem();
  import.key_pem = ca.key_pem();
  import.past_is_told = true;
  return import;
}

CertificateSpec old_ca() {
  CertificateSpec spec;
  spec.subject = "CN=Old CA";
  spec.ca = true;
  spec.key_usage = "keyCertSign,cRLSign";
  return spec;
}

constexpr const char* kTwoSections = "[ca.first]\n[ca.second]\n";

TEST(ImportOfACa, RefusesTheCaOfAnotherSectionAndNamesIt) {
  Site site;
  RunningAgent agent(site, kTwoSections);
  const Credential ca = certconnector::testing::make_self_signed(old_ca());
  ASSERT_TRUE(agent.ca_administration().import_ca(brought("first", ca)).ok());
  control::ImportCa again = brought("second", ca);
  for (const bool examine : {true, false}) {
    again.examine = examine;
    const auto refused = agent.ca_administration().import_ca(again);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), error_code(AppErrc::shared_ca));
    EXPECT_THAT(refused.error().message(), HasSubstr("the CA CN=Old CA is that of [ca.first]"));
  }
  EXPECT_FALSE(agent.status().cas[1].set_up) << "nothing was changed";
  EXPECT_TRUE(agent.ca_administration().publish_crl("first").ok());
  EXPECT_TRUE(agent.ca_administration().import_ca(brought("first", ca)).ok());
}

TEST(ImportOfACa, RefusesANewCertificateForTheNameAndKeyOfAnotherSection) {
  Site site;
  RunningAgent agent(site, kTwoSections);
  const Credential ca = certconnector::testing::make_self_signed(old_ca());
  ASSERT_TRUE(agent.ca_administration().import_ca(brought("first", ca)).ok());
  CertificateSpec longer = old_ca();
  longer.not_after = FakeClock::kStart + std::chrono::hours(24 * 9000);
  const auto renewed = certconnector::testing::issue_for_key(ca, longer, ca.key);
  const auto refused =
      agent.ca_administration().import_ca(brought("second", Credential{ca.key, renewed}));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), error_code(AppErrc::shared_ca)) << refused.error().message();
}

// As the files of an older agent may have it.
void copy_ca(const Site& site, const std::string& from, const std::string& to) {
  const std::string folder = site.settings().agent.state_dir + "/ca/";
  std::filesystem::create_directories(folder + to);
  for (const char* file : {"key.pem", "certificate.pem"}) {
    std::filesystem::copy_file(folder + from + "/" + file, folder + to + "/" + file);
  }
  certconnector::testing::close_to_others(folder + to + "/key.pem");
}

TEST(ACaInTwoSections, IsServedInTheFirstAndTheSecondSaysWhy) {
  Site site;
  {
    RunningAgent agent(site, kTwoSections);
    agent.create_ca("first");
  }
  copy_ca(site, "first", "second");
  RunningAgent agent(site, kTwoSections);
  const auto refused_second = [&] {
    const control::StatusView status = agent.status();
    EXPECT_TRUE(status.cas[0].healthy);
    EXPECT_EQ(status.cas[0].description.name, "first");
    EXPECT_EQ(status.cas[1].description.name, "second");
    EXPECT_FALSE(status.cas[1].healthy);
    EXPECT_THAT(status.cas[1].message, HasSubstr("the CA CN=first CA is that of [ca.first]"));
    for (const core::HealthFinding& finding : agent.status_service().health()) {
      if (finding.component != "ca.second") continue;
      EXPECT_EQ(finding.level(), core::HealthLevel::down);
      EXPECT_THAT(finding.message, HasSubstr("remove [ca.second]"));
    }
  };
  refused_second();
  EXPECT_TRUE(agent.ca_administration().publish_crl("first").ok());
  EXPECT_FALSE(agent.ca_administration().test_ca("second").ok());
  refused_second();
  agent->reload(site.settings(kTwoSections));
  refused_second();
  const std::vector<UnusableFile> told = unusable_files(site.settings(kTwoSections));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0].message(),
              HasSubstr("[ca.second]: the CA CN=first CA is that of [ca.first]"));
}

TEST(ACaInTwoSections, StaysWhereItIsServed) {
  Site site;
  {
    RunningAgent agent(site, kTwoSections);
    agent.create_ca("second");
  }
  RunningAgent agent(site, kTwoSections);
  copy_ca(site, "second", "first");
  EXPECT_FALSE(agent.ca_administration().test_ca("first").ok());
  EXPECT_TRUE(agent.status().cas[1].healthy);
  EXPECT_TRUE(agent.ca_administration().publish_crl("second").ok());
}

}  // namespace
}  // namespace certconnector::app
