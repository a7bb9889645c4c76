#include "agent/cloud/reference/enrollment.h"

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
constexpr std::string_view kEnrolled = R"({"agent_id":"agent-1","certificates":["MAE=","MAI="]})";

// As an endpoint must be for enrollment: it sends its root too and asks for no client certificate.
ScriptedServerSettings enrolling_server() {
  auto settings = good_server();
  settings.chain.push_back(shared_pki().root().certificate);
  settings.client_ca.clear();
  return settings;
}

cloud::EnrollmentOrder order_for(const ScriptedServer& server, const crypto::Certificate& ca,
                                 Timestamp expires = FakeClock::kStart + std::chrono::hours(1)) {
  management::EnrollmentToken token;
  token.endpoint = {"localhost", server.port()};
  token.ca_sha256 = ca.sha256();
  token.secret = kSecret;
  token.expires = expires;
  cloud::EnrollmentOrder order;
  order.token = management::encode_token(token) + "\n";
  order.pkcs10 = {0x30, 0x00};
  order.agent_name = "agent of building 7";
  order.version = "1.0";
  order.timeout = std::chrono::seconds(20);
  return order;
}

Script enrollment_script(int status, std::string_view body) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.answer(status, body);
  };
}

TEST(Enrollment, GivesCertificatesAndTheCaThatWasPinned) {
  const ScriptedServer server(enrolling_server(), enrollment_script(200, kEnrolled));
  const FakeClock clock;
  const auto& root = shared_pki().root().certificate;

  const auto enrolled = cloud::enroll(order_for(server, root), clock, StopToken());

  ASSERT_TRUE(enrolled) << enrolled.error().message();
  EXPECT_EQ(enrolled->agent_id, "agent-1");
  EXPECT_EQ(enrolled->certificates, (std::vector<Bytes>{{0x30, 0x01}, {0x30, 0x02}}));
  EXPECT_EQ(enrolled->url, server.url());
  EXPECT_EQ(enrolled->endpoint_ca, root.der());
  EXPECT_EQ(enrolled->endpoint_ca_pem, root.to_pem());
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].path, "/management/v1/enroll");
  EXPECT_EQ(requests[0].client_subject, "");
  EXPECT_THAT(requests[0].body, HasSubstr(kSecret));
}

TEST(Enrollment, RefusesAnEndpointBehindAnotherCa) {
  const ScriptedServer server(enrolling_server(), enrollment_script(200, kEnrolled));
  const FakeClock clock;
  CertificateSpec spec;
  spec.ca = true;
  spec.subject = shared_pki().root().certificate.subject_text();
  const Credential impostor = make_self_signed(spec);

  const auto enrolled = cloud::enroll(order_for(server, impostor.certificate), clock, StopToken());

  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().code().name, "untrusted");
  EXPECT_THAT(enrolled.error().message(), HasSubstr("did not present the CA certificate"));
  EXPECT_TRUE(server.requests().empty());
}

// The pinned CA is public: to send it along proves nothing.
TEST(Enrollment, RefusesAnEndpointThatOnlySendsThePinnedCaAlong) {
  auto settings = enrolling_server();
  CertificateSpec spec;
  spec.subject = "CN=localhost";
  spec.subject_alt_names = "DNS:localhost";
  settings.server = make_self_signed(spec);
  const ScriptedServer server(settings, enrollment_script(200, kEnrolled));
  const FakeClock clock;

  const auto enrolled =
      cloud::enroll(order_for(server, shared_pki().root().certificate), clock, StopToken());

  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().code().name, "untrusted");
  EXPECT_TRUE(server.requests().empty());
}

// A pin on the endpoint's own certificate would trust something that is no CA.
TEST(Enrollment, RefusesAPinThatIsNoCa) {
  const ScriptedServer server(enrolling_server(), enrollment_script(200, kEnrolled));
  const FakeClock clock;
  const auto enrolled =
      cloud::enroll(order_for(server, shared_pki().server().certificate), clock, StopToken());
  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().code().name, "untrusted");
}

TEST(Enrollment, ChecksTheHostNameUnderThePinnedCaToo) {
  auto settings = enrolling_server();
  CertificateSpec spec;
  spec.subject_alt_names = "DNS:elsewhere.example";
  settings.server = issue(shared_pki().intermediate(), spec);
  const ScriptedServer server(settings, enrollment_script(200, kEnrolled));
  const FakeClock clock;
  const auto enrolled =
      cloud::enroll(order_for(server, shared_pki().root().certificate), clock, StopToken());
  ASSERT_FALSE(enrolled);
  EXPECT_THAT(enrolled.error().message(), HasSubstr("hostname mismatch"));
}

TEST(Enrollment, RefusesAnExpiredTokenWithoutConnecting) {
  const ScriptedServer server(enrolling_server(), enrollment_script(200, kEnrolled));
  const FakeClock clock;
  const auto order = order_for(server, shared_pki().root().certificate, FakeClock::kStart);
  const auto enrolled = cloud::enroll(order, clock, StopToken());
  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().code().name, "token_expired");
  EXPECT_THAT(enrolled.error().message(), HasSubstr("2026-01-01T00:00:00Z"));
  EXPECT_EQ(server.connections(), 0);
}

TEST(Enrollment, TellsWhyTheEndpointRefusesAndNeverTheSecret) {
  const ScriptedServer server(
      enrolling_server(),
      enrollment_script(403, R"({"detail":"the token was used","code":"token_used"})"));
  const FakeClock clock;
  const auto order = order_for(server, shared_pki().root().certificate);
  const auto enrolled = cloud::enroll(order, clock, StopToken());
  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().kind(), ErrorKind::denied);
  EXPECT_THAT(enrolled.error().message(), HasSubstr("the token was used (token_used)"));
  EXPECT_THAT(enrolled.error().message(), Not(HasSubstr(kSecret)));
  EXPECT_THAT(enrolled.error().message(), Not(HasSubstr("cct1.")));
}

TEST(Enrollment, RefusesAnAnswerWithoutCertificates) {
  const ScriptedServer server(enrolling_server(),
                              enrollment_script(200, R"({"agent_id":"a","certificates":[]})"));
  const FakeClock clock;
  const auto enrolled =
      cloud::enroll(order_for(server, shared_pki().root().certificate), clock, StopToken());
  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().code().name, "bad_answer");
}

}  // namespace
}  // namespace certconnector::testing
