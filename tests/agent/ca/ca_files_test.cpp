#include "agent/ca/local/ca_files.h"

#include <filesystem>

#include "agent/ca/ca_errors.h"
#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/openness.h"
#include "tests/support/test_pki.h"

namespace certconnector::ca::testing {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::make_pkcs12;
using certconnector::testing::make_self_signed;
using certconnector::testing::Openness;
using certconnector::testing::openness_of;
using crypto::KeyKind;
using std::chrono::hours;

constexpr const char* kCaUsage = "keyCertSign,cRLSign";

CertificateSpec ca_spec(const std::string& subject) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.ca = true;
  spec.key_usage = kCaUsage;
  return spec;
}

class CaFiles : public LocalCaFixture {
 protected:
  static void expect_error(const Status& status, CaErrc code, const std::string& says) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code(), error_code(code)) << status.error().message();
    EXPECT_NE(status.error().message().find(says), std::string::npos) << status.error().message();
  }
  template <typename T>
  static Status status_of(const Result<T>& result) {
    return result.ok() ? Status() : Status(result.error());
  }
  void expect_nothing_written() {
    EXPECT_FALSE(std::filesystem::exists(settings_.key_file));
    EXPECT_FALSE(std::filesystem::exists(settings_.certificate_file));
  }
  void expect_issues() {
    reopen();
    const auto request = make_request({});
    EXPECT_FALSE(issue(submission(request)).certificate.certificate.empty());
    EXPECT_TRUE(ca_->check({}).ok());
  }
};

TEST_F(CaFiles, NotSetUpSaysWhatToRun) {
  const auto made = local_backend().make(section(), parts());
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), error_code(CaErrc::not_set_up));
  EXPECT_EQ(made.error().kind(), ErrorKind::permanent);
  EXPECT_NE(made.error().message().find("certconnector ca create default"), std::string::npos)
      << made.error().message();
}

TEST_F(CaFiles, TheBackendFillsInTheWholeCa) {
  start();
  settings_.batch = 7;
  CaSection wanted = section();
  wanted.concurrency = 3;
  const auto made = local_backend().make(wanted, parts());
  ASSERT_TRUE(made.ok());
  EXPECT_NE(made.value().finder, nullptr);
  EXPECT_NE(made.value().crl_publisher, nullptr);
  EXPECT_EQ(made.value().concurrency, 3U);
  EXPECT_EQ(made.value().batch, 7U);
  EXPECT_EQ(made.value().in_doubt, core::InDoubtPolicy::resubmit);
  const auto description = made.value().ca->describe();
  EXPECT_EQ(description.backend, "local");
  EXPECT_EQ(description.subject, "CN=Test CA,O=Test");
  EXPECT_EQ(description.fingerprint.size(), 64U);
  EXPECT_EQ(made.value().ca->chain().size(), 1U);
}

TEST_F(CaFiles, RootHasTheRightProfileAndModes) {
  start({KeyKind::rsa, 3072});
  EXPECT_EQ(openness_of(settings_.key_file), Openness::owner_alone);
  EXPECT_EQ(openness_of(settings_.certificate_file), Openness::all_read);
  EXPECT_EQ(openness_of(directory_.file("ca")), Openness::owner_alone);
  const auto text = openssl({"x509", "-in", settings_.certificate_file, "-noout", "-text"});
  for (const char* part : {"X509v3 Basic Constraints: critical\n                CA:TRUE\n",
                           "X509v3 Key Usage: critical\n                Digital Signature, "
                           "Certificate Sign, CRL Sign\n",
                           "X509v3 Subject Key Identifier", "Public-Key: (3072 bit)"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  openssl({"verify", "-x509_strict", "-attime", epoch(), "-CAfile", settings_.certificate_file,
           settings_.certificate_file});
  EXPECT_TRUE(ca_->check({}).ok());
}

TEST_F(CaFiles, NothingReplacesACa) {
  start();
  const auto certificate = directory_.read("ca/certificate.pem");
  const auto key = directory_.read("ca/key.pem");
  const auto other = make_self_signed(ca_spec("CN=Other"));
  const RootSpec root{"CN=New", {KeyKind::ec, 256}, hours(24)};
  const char* says = "is not replaced";
  expect_error(status_of(create_root(settings_, root, keys_, clock_)), CaErrc::exists, says);
  expect_error(status_of(create_subordinate_request(settings_, "CN=New", {}, keys_)),
               CaErrc::exists, says);
  expect_error(
      status_of(import_ca(settings_, {other.certificate.to_pem(), {}, {}, {}}, keys_, clock_)),
      CaErrc::exists, says);
  expect_error(status_of(import_ca(settings_, {other.certificate.to_pem(), other.key_pem(), {}, {}},
                                   keys_, clock_)),
               CaErrc::exists, says);
  // Neither does a key alone: it may be all that is left of a CA.
  std::filesystem::remove(settings_.certificate_file);
  expect_error(status_of(create_root(settings_, root, keys_, clock_)), CaErrc::exists, says);
  EXPECT_EQ(directory_.read("ca/key.pem"), key);
  directory_.write("ca/certificate.pem", certificate);
  expect_issues();
}

TEST_F(CaFiles, RefusesBadSubjects) {
  for (const char* subject : {"", "no equals sign", "CN=,O=Test", "CN=CA,C=Germany"}) {
    const RootSpec root{subject, {KeyKind::ec, 256}, hours(24)};
    const auto made = create_root(settings_, root, keys_, clock_);
    EXPECT_FALSE(made.ok()) << subject;
    expect_error(status_of(made), CaErrc::bad_subject, "CN=");
    expect_nothing_written();
  }
}

TEST_F(CaFiles, SubordinateOfARootMadeWithOpenssl) {
  openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", directory_.file("root.key"),
           "-out", directory_.file("root.pem"), "-subj", "/CN=Company Root", "-days", "3650",
           "-addext", "keyUsage=critical,keyCertSign,cRLSign"});
  // OpenSSL signs with the machine's dates.
  const SystemClock machine;
  clock_.jump_wall(machine.wall() - clock_.wall());
  const auto pem =
      create_subordinate_request(settings_, "CN=Issuing CA,O=Test", {KeyKind::rsa, 2048}, keys_);
  ASSERT_TRUE(pem.ok()) << pem.error().message();
  EXPECT_EQ(directory_.read("ca/request.pem"), pem.value());
  EXPECT_EQ(openness_of(settings_.key_file), Openness::owner_alone);
  const auto text = openssl({"req", "-in", settings_.request_file, "-verify", "-noout", "-text"});
  for (const char* part : {"X509v3 Basic Constraints: critical\n                    CA:TRUE",
                           "X509v3 Key Usage: critical\n                    Digital Signature, "
                           "Certificate Sign, CRL Sign"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  const auto not_yet = LocalCa::open(settings_, parts());
  ASSERT_FALSE(not_yet.ok());
  EXPECT_NE(not_yet.error().message().find("ca import default"), std::string::npos);
  // Asked again, the same key is used: the root may be about to answer.
  ASSERT_TRUE(create_subordinate_request(settings_, "CN=Issuing CA,O=Test", {}, keys_).ok());

  directory_.write(
      "ext.cnf",
      "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
      "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
  openssl({"x509", "-req", "-in", settings_.request_file, "-CA", directory_.file("root.pem"),
           "-CAkey", directory_.file("root.key"), "-CAcreateserial", "-days", "365", "-extfile",
           directory_.file("ext.cnf"), "-out", directory_.file("sub.pem")});
  clock_.advance(std::chrono::seconds(5));
  const auto installed =
      import_ca(settings_, {directory_.read("sub.pem") + directory_.read("root.pem"), {}, {}, {}},
                keys_, clock_);
  ASSERT_TRUE(installed.ok()) << installed.error().message();
  EXPECT_FALSE(std::filesystem::exists(settings_.request_file));
  reopen();
  EXPECT_EQ(ca_->chain().size(), 2U);
  const auto request = make_request({});
  const auto issued = issue(submission(request)).certificate.certificate;
  directory_.write("leaf.pem", crypto::Certificate::from_der(issued).value().to_pem());
  openssl({"verify", "-x509_strict", "-attime", epoch(), "-CAfile", directory_.file("root.pem"),
           "-untrusted", settings_.certificate_file, directory_.file("leaf.pem")});
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_NE(crl_text().find("verify OK"), std::string::npos);
}

TEST_F(CaFiles, AnImportWithoutItsRootAsksForItAndIsCompletedByAnother) {
  const auto root = make_self_signed(ca_spec("CN=Root"));
  const auto sub = certconnector::testing::issue(root, ca_spec("CN=Sub"));
  const std::string own = sub.certificate.to_pem();
  const auto refused = import_ca(settings_, {own, sub.key_pem(), {}, {}}, keys_, clock_);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("the issuer of CN=Sub, CN=Root, is missing"),
            std::string::npos);
  expect_nothing_written();
  const auto made =
      import_ca(settings_, {own + root.certificate.to_pem(), sub.key_pem(), {}, {}}, keys_, clock_);
  ASSERT_TRUE(made.ok()) << made.error().message();
  expect_issues();
}

TEST_F(CaFiles, ImportsPem) {
  const auto brought = make_self_signed(ca_spec("CN=Brought"), {KeyKind::ec, 384});
  const auto made = import_ca(settings_, {brought.certificate.to_pem(), brought.key_pem(), {}, {}},
                              keys_, clock_);
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(openness_of(settings_.key_file), Openness::owner_alone);
  expect_issues();
}

TEST_F(CaFiles, TheOrderOfAPemFileDoesNotMatter) {
  const auto root = make_self_signed(ca_spec("CN=Root"), {KeyKind::rsa, 2048});
  const auto sub = certconnector::testing::issue(root, ca_spec("CN=Sub"), {KeyKind::rsa, 2048});
  const std::string file = root.certificate.to_pem() + sub.key_pem() + sub.certificate.to_pem();
  const auto made = import_ca(settings_, {file, file, {}, {}}, keys_, clock_);
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(made.value().subject_text(), "CN=Sub");
  expect_issues();
}

TEST_F(CaFiles, ImportsPkcs12WithItsChain) {
  const auto root = make_self_signed(ca_spec("CN=Root"), {KeyKind::rsa, 2048});
  const auto sub = certconnector::testing::issue(root, ca_spec("CN=Sub"), {KeyKind::rsa, 2048});
  const Bytes file = make_pkcs12(sub, {root.certificate}, "open sesame");
  const auto wrong = import_ca(settings_, {{}, {}, file, "not it"}, keys_, clock_);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().message().find("not it"), std::string::npos);
  EXPECT_EQ(wrong.error().message().find("--passphrase-file"), std::string::npos);
  const auto without = import_ca(settings_, {{}, {}, file, {}}, keys_, clock_);
  ASSERT_FALSE(without.ok());
  EXPECT_NE(without.error().message().find("name that with --passphrase-file"), std::string::npos);
  expect_nothing_written();
  const auto made = import_ca(settings_, {{}, {}, file, "open sesame"}, keys_, clock_);
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(made.value().subject_text(), "CN=Sub");
  EXPECT_EQ(openness_of(settings_.key_file), Openness::owner_alone);
  EXPECT_EQ(openness_of(settings_.chain_file), Openness::all_read);
  expect_issues();
  EXPECT_EQ(ca_->chain().size(), 2U);
  EXPECT_FALSE(log_.contains("open sesame"));
}

TEST_F(CaFiles, RefusesWhatCannotIssue) {
  const auto good = make_self_signed(ca_spec("CN=Good"));
  const auto other = make_self_signed(ca_spec("CN=Other"));
  auto leaf_spec = ca_spec("CN=Leaf");
  leaf_spec.ca = false;
  auto no_sign_spec = ca_spec("CN=NoSign");
  no_sign_spec.key_usage = "digitalSignature,cRLSign";
  auto no_crl_spec = ca_spec("CN=NoCrl");
  no_crl_spec.key_usage = "keyCertSign";
  auto expired_spec = ca_spec("CN=Expired");
  expired_spec.not_after = clock_.wall() - hours(1);
  auto future_spec = ca_spec("CN=Future");
  future_spec.not_before = clock_.wall() + hours(1);
  auto short_spec = ca_spec("CN=Short");
  short_spec.path_length = 0;
  const auto short_root = make_self_signed(short_spec);
  const auto middle = certconnector::testing::issue(short_root, ca_spec("CN=Middle"));
  const auto too_deep = certconnector::testing::issue(middle, ca_spec("CN=Deep"));
  auto silent_spec = ca_spec("CN=Silent");
  silent_spec.key_usage = "digitalSignature,cRLSign";
  const auto silent_root = make_self_signed(silent_spec);
  const auto under_silent = certconnector::testing::issue(silent_root, ca_spec("CN=UnderSilent"));
  const std::string middle_and_short =
      middle.certificate.to_pem() + short_root.certificate.to_pem();

  struct Row {
    const char* name;
    Credential credential;
    std::string issuers;
    CaErrc code;
    const char* says;
  };
  const std::vector<Row> rows{
      {"KeyOfAnother",
       {other.key, good.certificate},
       "",
       CaErrc::bad_certificate,
       "none of the certificates belongs to the key"},
      {"NoCa", make_self_signed(leaf_spec), "", CaErrc::bad_certificate, "CA:TRUE"},
      {"NoKeyCertSign", make_self_signed(no_sign_spec), "", CaErrc::bad_certificate, "keyCertSign"},
      {"NoCrlSign", make_self_signed(no_crl_spec), "", CaErrc::bad_certificate, "cRLSign"},
      {"Expired", make_self_signed(expired_spec), "", CaErrc::expired, "expired on"},
      {"NotYetValid", make_self_signed(future_spec), "", CaErrc::not_yet_valid, "not valid before"},
      {"WrongIssuer", good, other.certificate.to_pem(), CaErrc::bad_certificate, "chain is broken"},
      {"TooDeep", too_deep, middle_and_short, CaErrc::bad_certificate, "at this depth"},
      {"IssuerWithoutKeyCertSign", under_silent, silent_root.certificate.to_pem(),
       CaErrc::bad_certificate, "CN=Silent, which issued the CA certificate, lacks keyCertSign"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    expect_error(
        status_of(import_ca(
            settings_,
            {row.credential.certificate.to_pem() + row.issuers, row.credential.key_pem(), {}, {}},
            keys_, clock_)),
        row.code, row.says);
    expect_nothing_written();
  }
}

TEST_F(CaFiles, InstallNeedsTheKeyOfTheRequest) {
  const auto other = make_self_signed(ca_spec("CN=Other"));
  expect_error(
      status_of(import_ca(settings_, {other.certificate.to_pem(), {}, {}, {}}, keys_, clock_)),
      CaErrc::not_set_up, "no key yet");
  ASSERT_TRUE(create_subordinate_request(settings_, "CN=Sub", {KeyKind::ec, 256}, keys_).ok());
  expect_error(
      status_of(import_ca(settings_, {other.certificate.to_pem(), {}, {}, {}}, keys_, clock_)),
      CaErrc::bad_certificate, "none of the certificates belongs to the key");
  EXPECT_TRUE(std::filesystem::exists(settings_.request_file));
}

TEST_F(CaFiles, EachUnusableFileIsNamed) {
  start();
  directory_.write("ca/certificate.pem", "nothing");
  directory_.write("ca/chain.pem", "nothing");
  const auto problems = local_backend().unusable_files(section(), keys_);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_NE(problems[0].message().find(settings_.certificate_file), std::string::npos);
  EXPECT_NE(problems[1].message().find(settings_.chain_file), std::string::npos);
}

TEST_F(CaFiles, AKeyAndACertificateOfAnotherFolderNeedNoImport) {
  start();
  const std::string state = directory_.path().string() + "/state/ca/default";
  settings_.crl_file = state + "/ca.crl";
  settings_.partition_register = state + "/crl-partitions";
  reopen();
  const Status published = ca_->publish_now();
  ASSERT_TRUE(published.ok()) << published.error().message();
  EXPECT_TRUE(std::filesystem::exists(settings_.crl_file));
}

TEST_F(CaFiles, AnExpiredCaDoesNotIssueButStillOpens) {
  start();
  clock_.advance(hours(24 * 3651));
  reopen();
  const auto request = make_request({});
  EXPECT_TRUE(std::holds_alternative<core::CaUnavailable>(submit(submission(request))));
  const auto status = ca_->check({});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), error_code(CaErrc::expired));
}

}  // namespace
}  // namespace certconnector::ca::testing
