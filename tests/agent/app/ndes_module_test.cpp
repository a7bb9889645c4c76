// The NDES service of a configuration, as the policy module of an NDES meets it.
#include "agent/app/ndes_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "agent/app/challenge_administration.h"
#include "agent/enrollment/new_enrollment.h"
#include "common/text/base64.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/common/http/tls_client.h"
#include "tests/support/openness.h"
#include "tests/support/test_pki.h"

namespace certconnector::app {
namespace {

using certconnector::testing::Credential;
using Json = nlohmann::json;
using ::testing::HasSubstr;

class NdesModuleTest : public ::testing::Test {
 protected:
  // `templates`: keys of the service's section; `point`: of the section [registration].
  void configure(const std::string& templates, const std::string& point = "") {
    const certconnector::testing::TempDirectory& folder = site_.folder;
    pki_.write_to(folder);
    certconnector::testing::close_to_others(folder.file("server.key.pem"));
    const std::string configuration =
        "[template.device]\n[template.administrator]\n[scep.ndes]\npath =\nchallenge = one-time\n" +
        templates +
        "[registration]\nlisten = 127.0.0.1:0\nservice = ndes\nallow = dns:ndes.example\n" +
        "certificate_file = " + folder.file("server.pem") +
        "\nkey_file = " + folder.file("server.key.pem") +
        "\nclient_ca_file = " + folder.file("intermediate.pem") + "\n" + point;
    settings_ = site_.settings(configuration);
    agent_ = std::make_unique<RunningAgent>(site_, configuration);
    ca_ = agent_->create_ca();
    challenges_ = std::make_unique<ChallengeAdministration>(
        agent_->challenges(), [this] { return settings_; }, clock_, site_.logger);
    registration_ = std::make_unique<NdesModule>(
        NdesParts{
            agent_->enrollment_module(), agent_->cas(), *challenges_,
            [this](const std::string& name) { return agent_->scep_module().find_service(name); },
            agent_->intake(), agent_->enrollments(), agent_->storage(), clock_, site_.logger,
            watch_, machine_store_},
        2);
    const Status configured = registration_->configure(settings_);
    ASSERT_TRUE(configured.ok()) << configured.error().message();
  }
  void start() {
    const Status started = registration_->start();
    ASSERT_TRUE(started.ok()) << started.error().message();
  }
  void start(const std::string& templates, const std::string& point = "") {
    configure(templates, point);
    start();
  }
  void TearDown() override {
    if (registration_) registration_->close();
  }

  // The answer to the NDES; a denial has "status" beside its other members.
  Json post(const std::string& operation, const Json& asked) {
    const http::testing::TlsClient client(registration_->port(), {0, "", ndes_});
    const std::string body = asked.dump();
    client.send("POST /CertificateRegistrationSvc/v1/" + operation +
                " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                "application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    const std::string got = client.read_to_end();
    const std::size_t head = got.find("\r\n\r\n");
    EXPECT_NE(head, std::string::npos) << got;
    return head == std::string::npos ? Json() : Json::parse(got.substr(head));
  }
  Json challenge_for(const std::string& template_name) {
    return post("challenge", {{"template", template_name}});
  }
  // "verified", or the code of the denial.
  std::string verify(const std::string& challenge, const std::string& template_name) {
    crypto::Pkcs10Spec spec;
    spec.subject = crypto::parse_rfc4514("CN=laptop").value();
    spec.challenge_password = challenge;
    const Json answer =
        post("verify", {{"pkcs10", text::to_base64(crypto::make_pkcs10(key_, spec).value())},
                        {"template", template_name},
                        {"transaction_id", "T-" + challenge + template_name}});
    return answer.value("verified", false) ? "verified" : answer.value("code", "");
  }

  // An overdue external enrollment: the agent's CA issued, and NDES did not report it in time.
  void issue_overdue(const std::string& job_id) {
    crypto::Pkcs10Spec spec;
    spec.subject = crypto::parse_rfc4514("CN=laptop").value();
    const auto request = crypto::Pkcs10::parse(crypto::make_pkcs10(key_, spec).value()).value();
    core::NewEnrollment enrollment = enrollment::new_enrollment(
        {{"ndes", "T-1", crypto::sha256(request.public_key_info())}, &request, ca_, job_id});
    enrollment.job.external = clock_.now();
    ASSERT_TRUE(agent_->enrollments().begin({enrollment}, clock_.now()).ok());
    core::Submission submission;
    submission.key = core::idempotency_key(enrollment.job.job.key);
    submission.request = &request;
    submission.template_name = "device";
    const auto issued = agent_->cas().find_ca("default")->ports.ca->submit({submission}, {});
    const auto* certificate = std::get_if<core::Issued>(&issued.front());
    ASSERT_NE(certificate, nullptr);
    const core::CertificateEntry entry{submission.key, "device", certificate->certificate};
    ASSERT_TRUE(agent_->certificates().record(ca_, {entry}, clock_.now()).ok());
  }
  // The first state other than waiting; waiting after ten seconds.
  core::JobState end_of(const std::string& job_id) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    auto state = core::JobState::waiting;
    while (state == core::JobState::waiting && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
      state = agent_->jobs().find(job_id).value().front().state;
    }
    return state;
  }
  // For the two templates that the service allows, device and vpn.
  void expect_one_template_each() {
    const Json made = challenge_for("DEVICE");
    ASSERT_TRUE(made.contains("challenge")) << made;
    EXPECT_EQ(verify(made["challenge"], "Vpn"), "unknown_template") << "permitted, but not by this";
    EXPECT_EQ(verify(made["challenge"], "Device"), "verified");
    EXPECT_EQ(verify(challenge_for("vpn").value("challenge", ""), "Vpn"), "verified");
  }

  Site site_;
  certconnector::testing::TestPki pki_;
  Credential ndes_ = issue(pki_.intermediate(), {"CN=ndes", false, -1, "digitalSignature",
                                                 "clientAuth", "DNS:ndes.example"});
  crypto::PrivateKey key_ = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  SystemClock clock_;
  Watchdog watch_{clock_, std::chrono::minutes(15)};
  config::Settings settings_;
  core::CaFingerprint ca_;
  std::unique_ptr<RunningAgent> agent_;
  std::unique_ptr<ChallengeAdministration> challenges_;
  certconnector::testing::FakeMachineStore machine_store_;
  std::unique_ptr<NdesModule> registration_;
};

TEST_F(NdesModuleTest, APasswordOpensTheTemplateThatItWasMadeFor) {
  start("signature_template = device\nencryption_template = vpn\n[template.vpn]\n");
  expect_one_template_each();
}

TEST_F(NdesModuleTest, APasswordOpensOneTemplateOfAnotherCa) {
  start("signature_template = Device\nencryption_template = VPN\n",
        "issuing_ca_file = " + site_.folder.file("root.pem") + "\n");
  expect_one_template_each();
}

// A challenge that names a template goes before the service's list.
TEST_F(NdesModuleTest, NoPasswordIsMadeForATemplateThatTheServiceDoesNotAllow) {
  start("template = device\n");
  const Json refused = challenge_for("administrator");
  EXPECT_EQ(refused.value("status", 0), 409) << refused;
  EXPECT_EQ(refused.value("code", ""), "unknown_template");
  EXPECT_THAT(refused.value("detail", ""), HasSubstr("[scep.ndes]"));
  EXPECT_TRUE(agent_->challenges().list({}, clock_.wall())->empty());
}

TEST_F(NdesModuleTest, AFullPasswordCacheSaysWhatToSet) {
  start("template = device\npassword_max = 1\n");
  EXPECT_TRUE(challenge_for("device").contains("challenge"));
  const Json refused = challenge_for("device");
  EXPECT_EQ(refused.value("status", 0), 409) << refused;
  EXPECT_EQ(refused.value("code", ""), "too_many_challenges");
  EXPECT_THAT(refused.value("detail", ""), HasSubstr("password_max"));
}

TEST_F(NdesModuleTest, BadSettingsKeepTheOldIssuingCa) {
  configure("template = device\n");
  config::Settings bad = settings_;
  bad.registration.issuing_ca_file = site_.folder.file("root.pem");
  bad.registration.key_file = site_.folder.file("nothing.pem");
  EXPECT_FALSE(registration_->configure(bad).ok());
  issue_overdue("scep-1");
  start();
  EXPECT_EQ(end_of("scep-1"), core::JobState::succeeded);
}

// An NDES usually has one address, so one address may have most of the connections.
TEST_F(NdesModuleTest, OneAddressDoesNotTakeAllConnections) {
  constexpr std::size_t kOfOne = 192;  // of 256
  constexpr int kSoon = 5000;          // ms
  constexpr int kMoment = 200;
  start("template = device\n");
  std::vector<std::unique_ptr<http::testing::RawClient>> held;
  for (std::size_t i = 0; i < kOfOne; ++i) {
    held.push_back(std::make_unique<http::testing::RawClient>(registration_->port()));
  }
  const http::testing::RawClient one_more(registration_->port());
  EXPECT_TRUE(held.front()->readable_within(kSoon)) << "it is closed for the new one";
  const http::testing::RawClient other(registration_->port(), "127.0.0.2");
  EXPECT_FALSE(other.readable_within(kMoment)) << "it may begin its handshake";
  EXPECT_FALSE(held.back()->readable_within(0));
}

}  // namespace
}  // namespace certconnector::app
