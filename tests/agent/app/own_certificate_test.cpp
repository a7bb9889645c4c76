// The client certificate in files that a person provides, instead of an enrollment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "agent/app/agent_identity.h"
#include "agent/app/errors.h"
#include "agent/app/named_files.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/agent/app/identity_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::issue;
using certconnector::testing::make_pkcs12;
using certconnector::testing::shared_pki;
using certconnector::testing::TempDirectory;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kPassphrase = "correct horse";

std::string put_secret(const TempDirectory& folder, const std::string& name,
                       std::string_view contents) {
  std::string path = folder.write(name, contents);
  certconnector::testing::close_to_others(path);
  return path;
}

std::string put_pkcs12(const TempDirectory& folder, const CertificateSpec& spec) {
  const Credential client = issue(shared_pki().intermediate(), spec);
  const Bytes file = make_pkcs12(
      client, {shared_pki().root().certificate, shared_pki().intermediate().certificate},
      kPassphrase);
  return put_secret(folder, "client.p12", as_text(file));
}

class OwnCertificateTest : public IdentityFixture {
 protected:
  OwnCertificateTest() {
    settings_.management.url = mutual_.url();
    settings_.management.ca_file =
        folder_.write("root.pem", shared_pki().root().certificate.to_pem());
  }
  void bring_pkcs12() {
    settings_.management.pkcs12_file = put_pkcs12(folder_, client_named("CN=brought"));
    settings_.management.passphrase_file =
        put_secret(folder_, "passphrase", std::string(kPassphrase) + "\n");
  }
  void bring_pem() {
    settings_.management.certificate_file =
        folder_.write("client.pem", shared_pki().client_chain_pem());
    settings_.management.key_file =
        put_secret(folder_, "client.key.pem", shared_pki().client().key_pem());
  }
  // The subject that the endpoint sees, or the error message.
  std::string subject_at_endpoint(AgentIdentity& identity) {
    const auto held = identity.load();
    if (!held.ok()) return held.error().message();
    const Status active = identity.activate(held->value());
    if (!active.ok()) return active.error().message();
    const Status called = call_endpoint();
    return called.ok() ? mutual_.requests().back().client_subject : called.error().message();
  }
};

TEST_F(OwnCertificateTest, APkcs12FileIsUsedWithItsChain) {
  bring_pkcs12();
  const auto identity = make_identity();
  EXPECT_EQ(subject_at_endpoint(*identity), "CN=brought");
  EXPECT_THAT(identity->active()->chain, SizeIs(3));
  EXPECT_EQ(identity->origin()->url, mutual_.url());
  EXPECT_EQ(identity->origin()->agent_id, "");
  EXPECT_FALSE(identity->origin()->enrolled);
}

// Of the roots of a system none is ours.
TEST_F(OwnCertificateTest, WithTheSystemsRootsTheEndpointsOwnCaIsNotTrusted) {
  bring_pem();
  settings_.management.ca = config::EndpointCa::system;
  const std::string ca_file = std::exchange(settings_.management.ca_file, "");
  const auto identity = make_identity();
  EXPECT_THAT(subject_at_endpoint(*identity), HasSubstr("certificate"));
  EXPECT_THAT(mutual_.requests(), SizeIs(0));
  settings_.management.ca = config::EndpointCa::configured;
  settings_.management.ca_file = ca_file;
  ASSERT_TRUE(identity->reconfigure(settings_.management).ok());
  EXPECT_TRUE(call_endpoint().ok());
}

TEST(MachinesProxy, IsRefusedWhereTheSystemHasNoSuchSetting) {
  config::ManagementSettings settings;
  settings.proxy = "system";
  const auto proxy = read_proxy(settings);
  ASSERT_EQ(proxy.ok(), net::system_proxy() != nullptr);
  if (proxy.ok()) return;
  EXPECT_EQ(proxy.error().code(), error_code(AppErrc::no_system_proxy));
  EXPECT_THAT(proxy.error().message(), HasSubstr("write its URL"));
}

TEST_F(OwnCertificateTest, PemFilesAreUsed) {
  bring_pem();
  const auto identity = make_identity();
  EXPECT_EQ(subject_at_endpoint(*identity), shared_pki().client().certificate.subject_text());
}

TEST_F(OwnCertificateTest, IsNotRenewedOverTheFilesOfAPerson) {
  bring_pkcs12();
  const auto identity = make_identity();
  ASSERT_EQ(subject_at_endpoint(*identity), "CN=brought");
  EXPECT_EQ(identity->save(*identity->active()).error().code(), error_code(AppErrc::not_renewable));
  EXPECT_FALSE(exists("identity"));
}

struct FileCase {
  const char* code;
  const char* named;
  std::function<void(config::ManagementSettings&)> change;
};

TEST_F(OwnCertificateTest, FilesThatCannotBeUsedAreNamed) {
  const FileCase cases[] = {
      {"wrong_passphrase", "client.p12",
       [&](auto& m) { m.passphrase_file = put_secret(folder_, "wrong", "wrong"); }},
      {"wrong_passphrase", "no passphrase was given; name the file with it in passphrase_file",
       [&](auto& m) { m.passphrase_file.clear(); }},
      {"malformed", "garbage.p12",
       [&](auto& m) { m.pkcs12_file = put_secret(folder_, "garbage.p12", "garbage"); }},
      {"too_open", "open.p12", [&](auto& m) { m.pkcs12_file = folder_.write("open.p12", ""); }},
      {"too_open", "open.txt", [&](auto& m) { m.passphrase_file = folder_.write("open.txt", ""); }},
      {"not_found", "no.pem", [&](auto& m) { m.ca_file = folder_.file("no.pem"); }},
      {"not_found", "no.p12", [&](auto& m) { m.pkcs12_file = folder_.file("no.p12"); }},
      {"too_open", "open.key",
       [&](auto& m) {
         m.pkcs12_file.clear();
         m.key_file = folder_.write("open.key", "");
       }},
      {"malformed", "garbage.key",
       [&](auto& m) {
         m.pkcs12_file.clear();
         m.key_file = put_secret(folder_, "garbage.key", "garbage");
       }},
      {"malformed", "garbage.pem", [&](auto& m) {
         m.pkcs12_file.clear();
         m.certificate_file = folder_.write("garbage.pem", "garbage");
       }}};
  bring_pkcs12();
  bring_pem();
  const config::ManagementSettings good = settings_.management;
  for (const FileCase& c : cases) {
    settings_.management = good;
    c.change(settings_.management);
    const auto held = make_identity()->load();
    ASSERT_FALSE(held.ok()) << c.named;
    EXPECT_EQ(held.error().code().name, c.code) << held.error().message();
    EXPECT_THAT(held.error().message(), HasSubstr(c.named));
  }
}

TEST_F(OwnCertificateTest, AKeyOfAnotherCertificateIsNotConnectedWith) {
  bring_pem();
  settings_.management.key_file =
      put_secret(folder_, "other.key.pem", shared_pki().server().key_pem());
  const auto held = make_identity()->load();
  ASSERT_FALSE(held.ok());
  EXPECT_THAT(held.error().message(), HasSubstr("none of the certificates belongs to the key"));
}

// [management] for an agent in `site`; nothing listens there.
std::string bring_to(const Site& site, const CertificateSpec& spec) {
  return "[management]\nurl=https://localhost:1\nca_file=" +
         site.folder.write("root.pem", shared_pki().root().certificate.to_pem()) +
         "\npkcs12_file=" + put_pkcs12(site.folder, spec) +
         "\npassphrase_file=" + put_secret(site.folder, "passphrase", kPassphrase) + "\n";
}

std::string why_no_start(const CertificateSpec& spec) {
  Site site;
  try {
    const RunningAgent agent(site, bring_to(site, spec));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "it started";
}

TEST(OwnCertificate, AnAgentDoesNotStartWithOneThatCannotBeUsed) {
  CertificateSpec server = client_named("CN=agent");
  server.extended_key_usage = "serverAuth";
  EXPECT_THAT(why_no_start(server), HasSubstr("lacks the extended key usage"));
  EXPECT_EQ(why_no_start(client_named("CN=agent")), "it started");
}

// SCEP and CRLs need no endpoint.
TEST(OwnCertificate, AnAgentStartsWithOneThatHasExpiredOrIsNotValidYet) {
  struct Row {
    Duration from;
    Duration to;
    const core::FindingCode* code;
    const char* says;
  };
  const auto year = std::chrono::hours(24 * 365);
  const Row rows[] = {
      {-year, -std::chrono::hours(1), &core::finding::kIdentityExpired, "expired at"},
      {year, 2 * year, &core::finding::kIdentityNotYetValid, "is not valid before"},
  };
  for (const Row& row : rows) {
    Site site;
    CertificateSpec spec = client_named("CN=agent");
    spec.not_before = SystemClock().wall() + row.from;
    spec.not_after = SystemClock().wall() + row.to;
    RunningAgent agent(site, bring_to(site, spec));
    ASSERT_THAT(site.logger.records("identity.unusable"), SizeIs(1));
    EXPECT_THAT(site.logger.records("identity.unusable")[0].message, HasSubstr(row.says));
    const auto findings = agent.status_service().health();
    EXPECT_EQ(findings.front().code, row.code);
    EXPECT_EQ(findings.front().component, "identity");
  }
}

TEST(OwnCertificate, AReloadTakesUpTheFilesThatWereReplaced) {
  Site site;
  const std::string configuration = bring_to(site, client_named("CN=first"));
  RunningAgent agent(site, configuration);
  ASSERT_EQ(agent.status().identity->subject, "CN=first");
  bring_to(site, client_named("CN=second"));
  agent->reload(site.settings(configuration));
  EXPECT_EQ(agent.status().identity->subject, "CN=second");
  EXPECT_EQ(agent.status().identity->source, "configured");
}

TEST(OwnCertificate, AReloadKeepsTheOldOneWhenTheNewOneCannotBeUsed) {
  Site site;
  const std::string configuration = bring_to(site, client_named("CN=first"));
  RunningAgent agent(site, configuration);
  CertificateSpec expired = client_named("CN=second");
  expired.not_after = SystemClock().wall() - std::chrono::hours(1);
  bring_to(site, expired);
  agent->reload(site.settings(configuration));
  EXPECT_EQ(agent.status().identity->subject, "CN=first");
  ASSERT_THAT(site.logger.records("reload.connection"), SizeIs(1));
  EXPECT_THAT(site.logger.records("reload.connection")[0].message, HasSubstr("expired at"));
}

TEST(OwnCertificate, AReloadCanBringTheFirstOne) {
  Site site;
  RunningAgent agent(site);
  ASSERT_FALSE(agent.status().identity.has_value());
  agent->reload(site.settings(bring_to(site, client_named("CN=brought"))));
  ASSERT_TRUE(agent.status().identity.has_value());
  EXPECT_EQ(agent.status().identity->subject, "CN=brought");
}

}  // namespace
}  // namespace certconnector::app
