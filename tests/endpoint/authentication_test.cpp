#include "common/text/base64.h"
#include "tests/endpoint/endpoint_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::endpoint::testing {
namespace {

using certconnector::testing::TestPki;

using AuthenticationTest = EndpointTest;

TEST_F(AuthenticationTest, EverythingButEnrollmentNeedsAClientCertificate) {
  for (const char* operation : {"/renew", "/jobs/lease", "/jobs/acknowledge", "/jobs/extend",
                                "/jobs/results", "/heartbeat"}) {
    const Answer answer = anonymous().post(std::string("/management/v1") + operation, "{}");
    EXPECT_EQ(answer.status, 401) << operation;
    EXPECT_EQ(code_of(answer), "client_certificate_required") << operation;
  }
}

TEST_F(AuthenticationTest, CertificateOfAnotherCaIsRefusedByTls) {
  const TestPki pki;
  const TlsClient stranger(url(), ca_pem(), {pki.client().key_pem(), pki.client_chain_pem()});
  const Answer answer = stranger.post("/management/v1/heartbeat", "{}");
  EXPECT_EQ(answer.status, 0);
  EXPECT_FALSE(answer.failure.empty());
}

TEST_F(AuthenticationTest, RevokedAgentIsRefusedOnItsNextRequest) {
  Agent agent = enroll();
  agent.lease(1);
  ASSERT_EQ(agent.status(), 200);
  ASSERT_TRUE(admin().post("/agents/" + agent.id() + "/revoke", json::object()).ok());
  agent.lease(1);
  EXPECT_EQ(agent.status(), 403);
  EXPECT_EQ(code_of(agent.last()), "agent_revoked");
}

TEST_F(AuthenticationTest, CertificateThatExpiredOnAKeptConnectionIsRefused) {
  Agent agent = enroll();
  clock().advance(std::chrono::hours(24 * 31));
  agent.lease(1);
  EXPECT_EQ(agent.status(), 403);
  EXPECT_EQ(code_of(agent.last()), "certificate_expired");
}

class ShortLivedTest : public EndpointTest {
 protected:
  ShortLivedTest() { options().client_lifetime = -std::chrono::minutes(2); }
};

TEST_F(ShortLivedTest, ExpiredCertificateIsRefusedByTls) {
  Agent agent = enroll();
  agent.lease(1);
  EXPECT_EQ(agent.status(), 0);
  EXPECT_FALSE(agent.last().failure.empty());
}

class OwnCertificateTest : public EndpointTest {
 protected:
  OwnCertificateTest() {
    pki_.write_to(directory());
    options().extra_client_ca_file = directory().file("root.pem");
  }
  TestPki pki_;
};

TEST_F(OwnCertificateTest, AgentWithASuppliedCertificateIsAdmittedByTheAdministrator) {
  Agent agent("", TlsClient(url(), ca_pem(), {pki_.client().key_pem(), pki_.client_chain_pem()}));
  agent.lease(1);
  EXPECT_EQ(agent.status(), 403);
  EXPECT_EQ(code_of(agent.last()), "agent_unknown");
  const std::string der = text::to_base64(pki_.client().certificate.der());
  ASSERT_TRUE(admin().post("/agents", {{"agent_name", "own"}, {"certificate", der}}).ok());
  agent.lease(1);
  EXPECT_EQ(agent.status(), 200);
}

TEST_F(AuthenticationTest, AdministratorNeedsTheToken) {
  json file = json::parse(directory().read("state/admin.json"));
  const std::string admin_url = file.at("admin_url");
  file["token"] = "wrong";
  directory().write("other/admin.json", file.dump());
  const auto other = AdminClient::open(directory().file("other")).value();
  const auto answer = other.get("/summary");
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message().find("401"), std::string::npos);
}

TEST_F(AuthenticationTest, HeartbeatIsKeptForTheAdministrator) {
  Agent agent = enroll();
  const json body{{"version", "1.0"},
                  {"state", "running"},
                  {"queue_depth", 7},
                  {"unreported", 0},
                  {"authorities", json::array()}};
  const json answer = agent.post("/heartbeat", body);
  EXPECT_EQ(agent.status(), 200);
  EXPECT_TRUE(answer.contains("server_time"));
  const json agents = admin().get("/agents").value().at("agents");
  EXPECT_EQ(agents.at(0).at("heartbeat").at("queue_depth"), 7);
}

}  // namespace
}  // namespace certconnector::endpoint::testing
