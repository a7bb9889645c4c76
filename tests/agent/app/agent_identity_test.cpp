#include "agent/app/agent_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/app/errors.h"
#include "agent/upstream/identity.h"
#include "common/crypto/pkcs10.h"
#include "common/text/base64.h"
#include "tests/agent/app/identity_fixture.h"
#include "tests/common/net/scripted_proxy.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_job_store.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

using certconnector::testing::CapturingLogger;
using certconnector::testing::FakeClock;
using certconnector::testing::ReceivedRequest;
using certconnector::testing::ScriptedProxy;
using certconnector::testing::shared_pki;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr auto kDay = std::chrono::hours(24);

class AgentIdentityTest : public IdentityFixture {
 protected:
  // A renewal, as the agent asks for it over the connection in use.
  Status renew(AgentIdentity& identity) {
    CapturingLogger logger;
    upstream::EndpointHealth health(clock_, logger);
    runtime::SystemRandom random;
    certconnector::testing::FakeJobStore queue;
    jobs::OperatingMode mode;
    jobs::StorageGuard storage(queue, mode, clock_, random, logger, [](const Error&) {});
    core::NoCrashPoints crash_points;
    const upstream::UpstreamSession session{
        {}, upstream::roles_of(slot_), health, mode, storage, crash_points, clock_, random, logger};
    upstream::IdentityKeeper keeper(session, identity);
    keeper.adopt(*identity.active(), upstream::RenewedBy::agent);
    return keeper.renew_now(StopToken());
  }
  void use_proxy(const ScriptedProxy& proxy, const std::string& password) {
    settings_.management.proxy = proxy.url();
    settings_.management.proxy_user = "agent";
    settings_.management.proxy_password_file = secret_file("proxy.txt", password);
  }
  std::string secret_file(const std::string& name, const std::string& contents) {
    std::string path = folder_.write(name, contents);
    certconnector::testing::close_to_others(path);
    return path;
  }
};

std::string text_of(const Status& status) { return status.ok() ? "" : status.error().message(); }

Bytes request_in(const ReceivedRequest& request) {
  const auto body = nlohmann::json::parse(request.body);
  return text::from_base64(body.at("pkcs10").get<std::string>()).value();
}

// Certificates that neither an enrollment nor a renewal may accept.
struct UnusableCase {
  const char* code;
  IdentityAnswer answer;
};

std::vector<UnusableCase> unusable_certificates() {
  IdentityAnswer expired{client_named("CN=bad")};
  expired.spec.not_after = FakeClock::kStart - kDay;
  IdentityAnswer early{client_named("CN=bad")};
  early.spec.not_before = FakeClock::kStart + kDay;
  IdentityAnswer server{client_named("CN=bad")};
  server.spec.extended_key_usage = "serverAuth";
  return {{"identity_expired", expired},
          {"identity_not_yet_valid", early},
          {"identity_wrong_usage", server},
          {"identity_key_mismatch", {client_named("CN=bad"), true}}};
}

TEST_F(AgentIdentityTest, WithoutAnEnrollmentThereIsNothing) {
  const auto identity = make_identity();
  const auto held = identity->load();
  ASSERT_TRUE(held.ok());
  EXPECT_FALSE(held->has_value());
  EXPECT_FALSE(identity->origin().has_value());
  EXPECT_FALSE(identity->active().has_value());
  EXPECT_TRUE(identity->reconfigure(settings_.management).ok());
  const core::Identity stray{shared_pki().client().key, {shared_pki().client().certificate}};
  EXPECT_EQ(identity->activate(stray).error().code(), error_code(AppErrc::not_enrolled));
  EXPECT_EQ(identity->save(stray).error().code(), error_code(AppErrc::not_renewable));
}

TEST_F(AgentIdentityTest, AnEnrollmentIsKeptAndInUseAtOnce) {
  const auto identity = make_identity();
  const auto enrolled = enroll(*identity);
  ASSERT_TRUE(enrolled.ok()) << enrolled.error().message();
  EXPECT_EQ(identity->active()->chain.front().der(), enrolled->chain.front().der());
  EXPECT_EQ(identity->origin()->agent_id, "agent-7");
  EXPECT_EQ(identity->origin()->url, server_.url());
  EXPECT_TRUE(identity->origin()->enrolled);
  EXPECT_EQ(text_of(call_endpoint()), "");
  EXPECT_EQ(folder_.read("identity/endpoint_ca.pem"), shared_pki().root().certificate.to_pem());
  EXPECT_EQ(certconnector::testing::openness_of(folder_.file("identity/key.pem")),
            certconnector::testing::Openness::owner_alone);
  EXPECT_FALSE(exists("next_key.pem"));
  EXPECT_FALSE(exists("enrollment_request.der"));
}

TEST_F(AgentIdentityTest, ARestartTakesUpTheEnrollment) {
  ASSERT_TRUE(enroll(*make_identity()).ok());
  const auto restarted = make_identity();
  const auto held = restarted->load();
  ASSERT_TRUE(held.ok() && held->has_value());
  ASSERT_THAT((*held)->chain, SizeIs(2));
  EXPECT_TRUE((*held)->chain.front().belongs_to((*held)->key));
  EXPECT_EQ(text_of(restarted->activate(**held)), "");
  EXPECT_EQ(restarted->origin()->agent_id, "agent-7");
  EXPECT_EQ(text_of(call_endpoint()), "");
}

TEST_F(AgentIdentityTest, AnEnrollmentThatWasCutOffSendsTheSameRequestAfterARestart) {
  issuer_.answer_with({client_named("CN=first"), false, 503});
  ASSERT_FALSE(enroll(*make_identity()).ok());
  EXPECT_EQ(subject_on_disk(), "");
  issuer_.answer_with({client_named("CN=first")});
  ASSERT_TRUE(enroll(*make_identity()).ok());
  ASSERT_THAT(server_.requests(), SizeIs(2));
  EXPECT_EQ(request_in(server_.requests()[0]), request_in(server_.requests()[1]));
}

TEST_F(AgentIdentityTest, AKeptRequestOfAnotherKeyIsMadeAgain) {
  crypto::Pkcs10Spec spec;
  spec.subject = {{{"2.5.4.3", "other"}}};
  const Bytes other = crypto::make_pkcs10(shared_pki().client().key, spec).value();
  for (const std::string& kept : {std::string(as_text(other)), std::string("garbage")}) {
    folder_.write("enrollment_request.der", kept);
    const auto enrolled = enroll(*make_identity());
    ASSERT_TRUE(enrolled.ok()) << enrolled.error().message();
    const auto sent = crypto::Pkcs10::parse(request_in(server_.requests().back()));
    EXPECT_EQ(sent->public_key_info(), ByteView(enrolled->key.public_key_info()));
  }
}

TEST_F(AgentIdentityTest, ARefusedEnrollmentSaysWhyAndNeverTheToken) {
  issuer_.answer_with({client_named("CN=first"), false, 403});
  const auto identity = make_identity();
  const auto refused = enroll(*identity);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::denied);
  EXPECT_THAT(refused.error().message(), HasSubstr("not now"));
  EXPECT_THAT(refused.error().message(), Not(HasSubstr(kSecret)));
  EXPECT_FALSE(identity->active().has_value());
  EXPECT_EQ(subject_on_disk(), "");
}

TEST_F(AgentIdentityTest, AStopEndsAnEnrollmentWithoutAnIdentity) {
  StopSource stop;
  stop.request_stop();
  const auto stopped = make_identity()->enroll(token(), stop.token());
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code().name, "stopped");
  EXPECT_EQ(subject_on_disk(), "");
}

TEST_F(AgentIdentityTest, AnEnrollmentThatCannotBeUsedLeavesTheOldOneInPlace) {
  const auto identity = make_identity();
  ASSERT_TRUE(enroll(*identity).ok());
  for (const UnusableCase& c : unusable_certificates()) {
    issuer_.answer_with(c.answer);
    const auto refused = enroll(*identity);
    ASSERT_FALSE(refused.ok()) << c.code;
    EXPECT_EQ(refused.error().code().name, c.code);
    EXPECT_EQ(subject_on_disk(), "CN=first") << c.code;
    EXPECT_EQ(identity->active()->chain.front().subject_text(), "CN=first") << c.code;
    EXPECT_TRUE(exists("next_key.pem")) << c.code;  // the same token gives the same answer
  }
  issuer_.answer_with({client_named("CN=second")});
  EXPECT_TRUE(enroll(*identity).ok());
  EXPECT_EQ(subject_on_disk(), "CN=second");
}

TEST_F(AgentIdentityTest, ARenewedCertificateReplacesTheOldOneOnDiskAndOnTheWire) {
  settings_.management.url = mutual_.url();
  const auto identity = make_identity();
  ASSERT_TRUE(enroll(*identity).ok());
  issuer_.answer_with({client_named("CN=renewed")});
  ASSERT_EQ(text_of(renew(*identity)), "");
  EXPECT_EQ(text_of(call_endpoint()), "");
  const auto requests = mutual_.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].path, "/management/v1/renew");
  EXPECT_EQ(requests[0].client_subject, "CN=first");
  EXPECT_EQ(requests[1].client_subject, "CN=renewed");
  EXPECT_EQ(subject_on_disk(), "CN=renewed");
  EXPECT_FALSE(exists("next_key.pem"));
  EXPECT_EQ(identity->origin()->agent_id, "agent-7");
}

TEST_F(AgentIdentityTest, ARenewalThatCannotBeUsedLeavesTheOldOneInPlace) {
  settings_.management.url = mutual_.url();
  const auto identity = make_identity();
  ASSERT_TRUE(enroll(*identity).ok());
  for (const UnusableCase& c : unusable_certificates()) {
    issuer_.answer_with(c.answer);
    const Status refused = renew(*identity);
    ASSERT_FALSE(refused.ok()) << c.code;
    EXPECT_EQ(refused.error().code().name, c.code);
    EXPECT_EQ(subject_on_disk(), "CN=first") << c.code;
  }
  EXPECT_EQ(text_of(call_endpoint()), "");
  EXPECT_EQ(mutual_.requests().back().client_subject, "CN=first");
}

TEST_F(AgentIdentityTest, AnAddressOfTheConfigurationIsUsedForAsLongAsItIsThere) {
  const auto identity = make_identity();
  ASSERT_TRUE(enroll(*identity).ok());
  config::ManagementSettings elsewhere = settings_.management;
  elsewhere.url = mutual_.url();
  ASSERT_EQ(text_of(identity->reconfigure(elsewhere)), "");
  EXPECT_EQ(identity->origin()->url, mutual_.url());
  ASSERT_EQ(text_of(renew(*identity)), "");
  EXPECT_THAT(mutual_.requests(), SizeIs(1));
  ASSERT_EQ(text_of(identity->reconfigure(settings_.management)), "");
  EXPECT_EQ(identity->origin()->url, server_.url());
  EXPECT_THAT(folder_.read("identity/endpoint.json"), HasSubstr(server_.url()));
}

TEST_F(AgentIdentityTest, ACaFileOfTheConfigurationIsTrustedInsteadOfThePinnedOne) {
  const auto identity = make_identity();
  ASSERT_TRUE(enroll(*identity).ok());
  config::ManagementSettings other = settings_.management;
  other.ca_file = folder_.write("ca.pem", shared_pki().client().certificate.to_pem());
  ASSERT_EQ(text_of(identity->reconfigure(other)), "");
  EXPECT_EQ(call_endpoint().error().code().name, "untrusted");
  other.ca_file = folder_.file("missing.pem");
  EXPECT_THAT(text_of(identity->reconfigure(other)), HasSubstr("missing.pem"));
  ASSERT_EQ(text_of(identity->reconfigure(settings_.management)), "");
  EXPECT_EQ(text_of(call_endpoint()), "");
}

TEST_F(AgentIdentityTest, EnrollmentAndConnectionGoThroughTheProxyWithItsLogin) {
  const ScriptedProxy proxy(server_.port(), "agent:pass:word");
  use_proxy(proxy, "pass:word\n");
  const auto enrolled = enroll(*make_identity());
  ASSERT_TRUE(enrolled.ok()) << enrolled.error().message();
  EXPECT_EQ(text_of(call_endpoint()), "");
  ASSERT_THAT(proxy.heads(), SizeIs(2));
  const std::string connect = "CONNECT localhost:" + std::to_string(server_.port()) + " HTTP/1.1";
  EXPECT_THAT(proxy.heads()[0], StartsWith(connect));
  EXPECT_THAT(proxy.heads()[1], StartsWith(connect));
}

TEST_F(AgentIdentityTest, AProxyThatWantsAnotherPasswordIsToldWithoutIt) {
  const ScriptedProxy proxy(server_.port(), "agent:right");
  use_proxy(proxy, "hunter2");
  const auto refused = enroll(*make_identity());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code().name, "proxy_refused");
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("hunter2")));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(AgentIdentityTest, AReloadMovesTheConnectionToTheProxyUnlessItsPasswordIsOpenToAll) {
  const auto identity = make_identity();
  ASSERT_TRUE(enroll(*identity).ok());
  const ScriptedProxy proxy(server_.port(), "agent:right");
  use_proxy(proxy, "right");
  const std::string file = settings_.management.proxy_password_file;
  certconnector::testing::let_others_only_read(file);
  const Status open = identity->reconfigure(settings_.management);
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().code().name, "too_open");
  EXPECT_EQ(text_of(call_endpoint()), "");
  EXPECT_TRUE(proxy.heads().empty());
  certconnector::testing::close_to_others(file);
  ASSERT_EQ(text_of(identity->reconfigure(settings_.management)), "");
  EXPECT_EQ(text_of(call_endpoint()), "");
  EXPECT_THAT(proxy.heads(), SizeIs(1));
}

TEST_F(AgentIdentityTest, DamagedFilesOfTheEnrollmentAreNamed) {
  const auto damage = [this](const std::string& name) {
    std::filesystem::remove_all(folder_.path() / "identity");
    EXPECT_TRUE(enroll(*make_identity()).ok());
    folder_.write("identity/" + name, "damaged");
    return subject_on_disk();
  };
  EXPECT_THAT(damage("key.pem"), HasSubstr("identity/key.pem"));
  EXPECT_THAT(damage("certificate.pem"), HasSubstr("identity/certificate.pem"));
  EXPECT_THAT(damage("endpoint.json"), HasSubstr("identity"));
}

}  // namespace
}  // namespace certconnector::app
