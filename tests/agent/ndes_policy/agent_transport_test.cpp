#include "agent/ndes_policy/agent_transport.h"

#include <gtest/gtest.h>

#include "agent/keys/errors.h"
#include "tests/agent/ndes_policy/listening_agent.h"

namespace certconnector::ndes_policy::testing {
namespace {

const http::FetchLimits kTransportLimits{std::chrono::seconds(10), 1024, {}};
using std::chrono::minutes;
using std::chrono::seconds;

class AgentTransportTest : public ::testing::Test {
 protected:
  Result<http::ClientCertificate> credential() {
    ++looked_;
    if (missing_) {
      return Error(keys::KeysErrc::not_found, ErrorKind::permanent, "no such certificate");
    }
    return shown_;
  }
  std::string send() {
    http::Request request;
    request.method = "POST";
    request.path = "/";
    const auto answer = transport_.send(request, kTransportLimits);
    return answer.ok() ? "sent" : answer.error().message();
  }
  Bytes shown_in(std::size_t request) {
    return *agent_.asked(request + 1)[request].peer_certificate;
  }

  ListeningAgent agent_{"{}"};
  http::ClientCertificate shown_ = agent_.client();
  bool missing_ = false;
  int looked_ = 0;
  certconnector::testing::FakeClock clock_;
  certconnector::testing::CapturingLogger log_;
  AgentTransport transport_{agent_.address(), [this] { return credential(); }, clock_, log_};
};

TEST_F(AgentTransportTest, AsksTheStoreOnceInAWhile) {
  EXPECT_EQ(looked_, 0) << "an NDES starts without";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(), "sent");
  EXPECT_EQ(looked_, 1);
  EXPECT_EQ(shown_in(4), agent_.pki.client().certificate.der());
  clock_.advance(minutes(5));
  EXPECT_EQ(send(), "sent");
  EXPECT_EQ(looked_, 2);
  EXPECT_EQ(log_.count("policy.certificate"), 0U) << "it is the same";
}

TEST_F(AgentTransportTest, ShowsARenewedCertificate) {
  EXPECT_EQ(send(), "sent");
  certconnector::testing::CertificateSpec spec;
  spec.subject = "CN=renewed";
  spec.extended_key_usage = "clientAuth";
  const auto renewed = certconnector::testing::issue(agent_.pki.intermediate(), spec);
  shown_ = {renewed.certificate.to_pem(), renewed.key_pem(), {}};
  clock_.advance(minutes(5));
  EXPECT_EQ(send(), "sent");
  EXPECT_EQ(shown_in(0), agent_.pki.client().certificate.der());
  EXPECT_EQ(shown_in(1), renewed.certificate.der());
  EXPECT_EQ(log_.count("policy.certificate"), 1U);
}

TEST_F(AgentTransportTest, AnExpiredOneIsReplacedSoonAfterItIsRefused) {
  const certconnector::testing::TestPki strangers;
  shown_ = {strangers.client().certificate.to_pem(), strangers.client().key_pem(), {}};
  EXPECT_NE(send(), "sent");
  shown_ = agent_.client();
  EXPECT_NE(send(), "sent") << "the store is not asked a hundred times a second";
  EXPECT_EQ(looked_, 1);
  clock_.advance(seconds(5));
  EXPECT_EQ(send(), "sent");
  EXPECT_EQ(looked_, 2);
}

TEST_F(AgentTransportTest, WithoutACertificateNothingIsSent) {
  missing_ = true;
  EXPECT_EQ(send(), "no such certificate");
  missing_ = false;
  EXPECT_EQ(send(), "sent");
  missing_ = true;
  clock_.advance(minutes(5));
  EXPECT_EQ(send(), "sent") << "the one that it had";
  EXPECT_EQ(agent_.asked(2).size(), 2U);
}

}  // namespace
}  // namespace certconnector::ndes_policy::testing
