#include "agent/cloud/reference/onboarding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/management/token.h"
#include "tests/agent/cloud/reference/cloud_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kSecret = "SECRET-abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kOnboarded = R"({"agent_id":"agent-1","certificates":["MAE=","MAI="]})";

// As an endpoint must be for onboarding: it sends its root too and asks for no client certificate.
ScriptedServerSettings onboarding_server() {
  auto settings = good_server();
  settings.chain.push_back(shared_pki().root().certificate);
  settings.client_ca.clear();
  return settings;
}

cloud::OnboardingOrder order_for(const ScriptedServer& server, const crypto::Certificate& ca,
                                 Timestamp expires = FakeClock::kStart + std::chrono::hours(1)) {
  management::EnrollmentToken token;
  token.endpoint = {"localhost", server.port()};
  token.ca_sha256 = ca.sha256();
  token.secret = kSecret;
  token.expires = expires;
  cloud::OnboardingOrder order;
  order.token = management::encode_token(token) + "\n";
  order.pkcs10 = {0x30, 0x00};
  order.agent_name = "agent of building 7";
  order.version = "1.0";
  order.timeout = std::chrono::seconds(20);
  return order;
}

Script onboarding_script(int status, std::string_view body) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.answer(status, body);
  };
}

TEST(Onboarding, GivesCertificatesAndTheCaThatWasPinned) {
  const ScriptedServer server(onboarding_server(), onboarding_script(200, kOnboarded));
  const FakeClock clock;
  const auto& root = shared_pki().root().certificate;

  const auto onboarded = cloud::onboard(order_for(server, root), clock, StopToken());

  ASSERT_TRUE(onboarded) << onboarded.error().message();
  EXPECT_EQ(onboarded->agent_id, "agent-1");
  EXPECT_EQ(onboarded->certificates, (std::vector<Bytes>{{0x30, 0x01}, {0x30, 0x02}}));
  EXPECT_EQ(onboarded->url, server.url());
  EXPECT_EQ(onboarded->endpoint_ca, root.der());
  EXPECT_EQ(onboarded->endpoint_ca_pem, root.to_pem());
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].path, "/management/v1/enroll");
  EXPECT_EQ(requests[0].client_subject, "");
  EXPECT_THAT(requests[0].body, HasSubstr(kSecret));
}

TEST(Onboarding, RefusesAnEndpointBehindAnotherCa) {
  const ScriptedServer server(onboarding_server(), onboarding_script(200, kOnboarded));
  const FakeClock clock;
  CertificateSpec spec;
  spec.ca = true;
  spec.subject = shared_pki().root().certificate.subject_text();
  const Credential impostor = make_self_signed(spec);

  const auto onboarded =
      cloud::onboard(order_for(server, impostor.certificate), clock, StopToken());

  ASSERT_FALSE(onboarded);
  EXPECT_EQ(onboarded.error().code().name, "pin_missed");
  EXPECT_THAT(onboarded.error().message(), HasSubstr("did not present the CA certificate"));
  EXPECT_TRUE(server.requests().empty());
}

// The pinned CA is public: to send it along proves nothing.
TEST(Onboarding, RefusesAnEndpointThatOnlySendsThePinnedCaAlong) {
  auto settings = onboarding_server();
  CertificateSpec spec;
  spec.subject = "CN=localhost";
  spec.subject_alt_names = "DNS:localhost";
  settings.server = make_self_signed(spec);
  const ScriptedServer server(settings, onboarding_script(200, kOnboarded));
  const FakeClock clock;

  const auto onboarded =
      cloud::onboard(order_for(server, shared_pki().root().certificate), clock, StopToken());

  ASSERT_FALSE(onboarded);
  EXPECT_EQ(onboarded.error().code().name, "untrusted");
  EXPECT_TRUE(server.requests().empty());
}

// A pin on the endpoint's own certificate would trust something that is no CA.
TEST(Onboarding, RefusesAPinThatIsNoCa) {
  const ScriptedServer server(onboarding_server(), onboarding_script(200, kOnboarded));
  const FakeClock clock;
  const auto onboarded =
      cloud::onboard(order_for(server, shared_pki().server().certificate), clock, StopToken());
  ASSERT_FALSE(onboarded);
  EXPECT_EQ(onboarded.error().code().name, "pin_missed");
}

TEST(Onboarding, ChecksTheHostNameUnderThePinnedCaToo) {
  auto settings = onboarding_server();
  CertificateSpec spec;
  spec.subject_alt_names = "DNS:elsewhere.example";
  settings.server = issue(shared_pki().intermediate(), spec);
  const ScriptedServer server(settings, onboarding_script(200, kOnboarded));
  const FakeClock clock;
  const auto onboarded =
      cloud::onboard(order_for(server, shared_pki().root().certificate), clock, StopToken());
  ASSERT_FALSE(onboarded);
  EXPECT_THAT(onboarded.error().message(), HasSubstr("hostname mismatch"));
}

TEST(Onboarding, RefusesAnExpiredTokenWithoutConnecting) {
  const ScriptedServer server(onboarding_server(), onboarding_script(200, kOnboarded));
  const FakeClock clock;
  const auto order = order_for(server, shared_pki().root().certificate, FakeClock::kStart);
  const auto onboarded = cloud::onboard(order, clock, StopToken());
  ASSERT_FALSE(onboarded);
  EXPECT_EQ(onboarded.error().code().name, "token_expired");
  EXPECT_THAT(onboarded.error().message(), HasSubstr("2026-01-01T00:00:00Z"));
  EXPECT_EQ(server.connections(), 0);
}

TEST(Onboarding, TellsWhyTheEndpointRefusesAndNeverTheSecret) {
  const ScriptedServer server(
      onboarding_server(),
      onboarding_script(403, R"({"detail":"the token was used","code":"token_used"})"));
  const FakeClock clock;
  const auto order = order_for(server, shared_pki().root().certificate);
  const auto onboarded = cloud::onboard(order, clock, StopToken());
  ASSERT_FALSE(onboarded);
  EXPECT_EQ(onboarded.error().kind(), ErrorKind::denied);
  EXPECT_THAT(onboarded.error().message(), HasSubstr("the token was used (token_used)"));
  EXPECT_THAT(onboarded.error().message(), Not(HasSubstr(kSecret)));
  EXPECT_THAT(onboarded.error().message(), Not(HasSubstr("cct1.")));
}

TEST(Onboarding, RefusesAnAnswerWithoutCertificates) {
  const ScriptedServer server(onboarding_server(),
                              onboarding_script(200, R"({"agent_id":"a","certificates":[]})"));
  const FakeClock clock;
  const auto onboarded =
      cloud::onboard(order_for(server, shared_pki().root().certificate), clock, StopToken());
  ASSERT_FALSE(onboarded);
  EXPECT_EQ(onboarded.error().code().name, "bad_answer");
}

}  // namespace
}  // namespace certconnector::testing
