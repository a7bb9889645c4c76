// A CA behind a helper in a whole agent: configured, checked, listed, tested, backed up, and
// issuing and revoking, through its descriptor alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "agent/app/errors.h"
#include "agent/config/configuration.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/support/program.h"

namespace certconnector::app {
namespace {

using certconnector::testing::run_program;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AgentWithAHelper : public ::testing::Test {
 protected:
  AgentWithAHelper() {
    std::filesystem::create_directory(site_.folder.path() / "helper");
    const auto made = run_program(
        {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", site_.folder.file("helper/ca.key"), "-out",
         site_.folder.file("helper/ca.pem"), "-subj", "/CN=Helped CA", "-days", "3650"});
    if (made.exit_code != 0) throw std::runtime_error(made.output);
  }
  [[nodiscard]] std::string configuration() const {
    return "[ca.corp]\nbackend = exec\nhelper = " + std::string(CC_SAMPLE_HELPER) +
           "\nhelper_arguments = " + site_.folder.file("helper") +
           "\nfind = yes\n[retry]\nbase=20ms\ncap=40ms\n";
  }

  Site site_;
};

TEST_F(AgentWithAHelper, IssuesRevokesAndIsShownTestedAndBackedUp) {
  RunningAgent agent(site_, configuration());
  agent.enroll();
  EXPECT_TRUE(agent.ca_administration().test_ca("corp").ok());
  const control::CaView ca = agent.status().cas.front();
  EXPECT_EQ(ca.description.backend, "exec");
  EXPECT_EQ(ca.description.subject, "CN=Helped CA");
  EXPECT_TRUE(ca.healthy) << ca.message;

  site_.endpoint.queue(issue_job("one", ca.description.fingerprint));
  const auto issued = site_.endpoint.wait_for_reports(1);
  ASSERT_THAT(issued, SizeIs(1));
  const auto* outcome = std::get_if<core::Issued>(&issued.front().outcome);
  ASSERT_NE(outcome, nullptr) << agent.jobs().find("one")->front().last_code;
  site_.endpoint.queue(revoke_job("two", ca.description.fingerprint, outcome->certificate.serial));
  const auto revoked = site_.endpoint.wait_for_reports(2);
  ASSERT_THAT(revoked, SizeIs(2));
  EXPECT_TRUE(std::holds_alternative<core::Revoked>(revoked.back().outcome));
  core::Job by_thumbprint = revoke_job("three", ca.description.fingerprint, {});
  const auto digest = crypto::sha256(outcome->certificate.certificate);
  std::get<core::RevokeRequest>(by_thumbprint.request).thumbprint = crypto::view(digest).to_bytes();
  site_.endpoint.queue(by_thumbprint);
  const auto again = site_.endpoint.wait_for_reports(3);
  ASSERT_THAT(again, SizeIs(3));
  EXPECT_TRUE(std::holds_alternative<core::Revoked>(again.back().outcome));

  ASSERT_TRUE(agent.backups().backup(site_.folder.file("backup")).ok());
  EXPECT_TRUE(std::filesystem::exists(site_.folder.path() / "backup/ca/corp/certificate.pem"));
}

TEST_F(AgentWithAHelper, IsNotSetUpOrPublishedHere) {
  RunningAgent agent(site_, configuration());
  control::CreateCa create;
  create.name = "corp";
  create.subject = "CN=mine";
  const auto created = agent.ca_administration().create_ca(create);
  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.error().code(), error_code(AppErrc::no_set_up));
  EXPECT_THAT(created.error().message(), HasSubstr("backend = exec"));
  EXPECT_EQ(agent.ca_administration().publish_crl("corp").error().code(),
            error_code(AppErrc::no_crl));
}

TEST_F(AgentWithAHelper, ItsKeysAreWrittenAndReadAgain) {
  const config::Settings settings = site_.settings(configuration());
  const std::string text = config::to_ini(settings);
  EXPECT_THAT(
      text, HasSubstr("backend=exec\nconcurrency=2\nin_doubt=resubmit\nhelper=" CC_SAMPLE_HELPER));
  const config::Reading again = config::parse(text, ca::rules_of(ca_backends()));
  EXPECT_THAT(again.problems, IsEmpty());
  EXPECT_EQ(config::to_ini(*again.settings), text);
}

}  // namespace
}  // namespace certconnector::app
