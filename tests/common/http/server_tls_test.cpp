#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <ostream>
#include <string>

#include "common/http/server.h"
#include "tests/common/http/raw_client.h"
#include "tests/common/http/tls_client.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/test_pki.h"

namespace certconnector::http::testing {
namespace {

using certconnector::testing::CapturingLogger;
using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::TestPki;

const TestPki& pki() {
  static const TestPki made;
  return made;
}

TlsSettings server_tls() { return {pki().server_chain_pem(), pki().server().key_pem(), {}}; }

TlsSettings mutual_tls() {
  auto settings = server_tls();
  settings.client_cas = pki().intermediate().certificate.to_pem();
  return settings;
}

// Says who the client is by its certificate; "/large" has a body of many records, and
// "/file" one that is read while it is sent.
class WhoIsThere final : public Handler {
 public:
  void handle(Request request, Reply reply) override {
    if (request.path == "/large") {
      Response response = text_response(200, "");
      response.body = std::make_shared<const Bytes>(3000000, 'l');
      return reply.send(std::move(response));
    }
    if (request.path == "/file") {
      Response response = text_response(200, "");
      response.body.reset();
      response.source = std::make_shared<BytesInMemory>(Bytes(3000000, 'f'));
      return reply.send(std::move(response));
    }
    const std::lock_guard lock(mutex_);
    certificate_ = request.peer_certificate;
    reply.send(text_response(200, certificate_ ? "known" : "nobody"));
  }
  [[nodiscard]] std::shared_ptr<const Bytes> certificate() {
    const std::lock_guard lock(mutex_);
    return certificate_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const Bytes> certificate_;
};

class HttpTls : public ::testing::Test {
 protected:
  void start(const TlsSettings& tls, Duration limit = Duration(15000)) {
    ServerSettings settings;
    settings.tls = tls;
    settings.handshake_timeout = limit;
    settings.idle_timeout = limit;
    auto started = Server::start(settings, handler_, log_);
    ASSERT_TRUE(started.ok()) << started.error().message();
    server_ = std::move(started).value();
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  WhoIsThere handler_;
  CapturingLogger log_;
  std::unique_ptr<Server> server_;
};

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kLastGet = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

TEST_F(HttpTls, SpeaksTls12And13AndKeepsTheConnection) {
  start(server_tls());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsClient client(port(), {version, "\x08http/1.1", {}});
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(SSL_version(client.native()), version);
    EXPECT_EQ(client.protocol(), "http/1.1");
    EXPECT_EQ(client.server_certificate(), pki().server().certificate.der());
    client.send(kGet);
    EXPECT_NE(client.read_until("nobody\n").find("200 OK"), std::string::npos);
    client.send(kLastGet);
    bool orderly = false;
    EXPECT_NE(client.read_to_end(&orderly).find("200 OK"), std::string::npos);
    EXPECT_TRUE(orderly);
  }
}

TEST_F(HttpTls, SendsLargeAnswersWhole) {
  start(server_tls());
  for (const std::string path : {"/large", "/file"}) {
    const TlsClient client(port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const auto answer = client.read_to_end();
    EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 3000000U) << path;
  }
}

TEST_F(HttpTls, RefusesOldVersionsAndOtherProtocols) {
  start(server_tls());
  EXPECT_FALSE(TlsClient(port(), {TLS1_1_VERSION, "", {}}).connected());
  EXPECT_FALSE(TlsClient(port(), {0, "\x02h2", {}}).connected());
  const TlsClient both(port(), {0, "\x02h2\x08http/1.1", {}});
  EXPECT_EQ(both.protocol(), "http/1.1");
  EXPECT_TRUE(TlsClient(port()).connected());
}

TEST_F(HttpTls, TakesNoSuiteOfTls12WithoutForwardSecrecyOrWithSha1) {
  CertificateSpec spec;
  spec.subject = "CN=rsa";
  const auto rsa = certconnector::testing::make_self_signed(spec, {crypto::KeyKind::rsa, 2048});
  start({rsa.certificate.to_pem(), rsa.key_pem(), {}});
  for (const char* refused :
       {"AES128-SHA", "AES256-SHA", "AES128-SHA256", "AES128-GCM-SHA256", "AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "DHE-RSA-AES128-SHA",
        "CAMELLIA128-SHA:CAMELLIA256-SHA", "AECDH-AES128-SHA:ADH-AES128-GCM-SHA256"}) {
    const TlsClient client(port(), {TLS1_2_VERSION, "", {}, refused});
    EXPECT_FALSE(client.connected()) << refused;
  }
  for (const char* taken :
       {"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES128-SHA256"}) {
    const TlsClient client(port(), {TLS1_2_VERSION, "", {}, taken});
    ASSERT_TRUE(client.connected()) << taken;
    EXPECT_STREQ(SSL_get_cipher_name(client.native()), taken);
  }
  const TlsClient both(port(), {TLS1_2_VERSION, "", {}, "ECDHE-RSA-AES128-SHA256:ECDHE+AESGCM"});
  EXPECT_STREQ(SSL_get_cipher_name(both.native()), "ECDHE-RSA-AES256-GCM-SHA384");
}

TEST_F(HttpTls, DoesNotRenegotiate) {
  start(server_tls());
  const TlsClient client(port(), {TLS1_2_VERSION, "", {}});
  client.send(kGet);
  EXPECT_NE(client.read_until("nobody\n").find("200 OK"), std::string::npos);
  SSL_renegotiate(client.native());
  EXPECT_NE(SSL_do_handshake(client.native()), 1);
}

TEST_F(HttpTls, KeepsNoSessions) {
  start(server_tls());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsClient client(port(), {version, "", {}});
    client.send(kLastGet);
    EXPECT_NE(client.read_to_end().find("200 OK"), std::string::npos);
    EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get0_session(client.native())), 0) << version;
  }
}

TEST_F(HttpTls, NeverAsksForACertificate) {
  start(server_tls());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsClient client(port(), {version, "", pki().client()});
    client.send(kGet);
    EXPECT_NE(client.read_until("\nno").find("200 OK"), std::string::npos);
    EXPECT_FALSE(client.was_asked_for_certificate());
    EXPECT_EQ(handler_.certificate(), nullptr);
  }
}

TEST_F(HttpTls, GivesHandlersTheCertificateThatItRequires) {
  start(mutual_tls());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsClient client(port(), {version, "", pki().client()});
    EXPECT_TRUE(client.was_asked_for_certificate());
    for (int i = 0; i < 2; ++i) {
      client.send(kGet);
      EXPECT_NE(client.read_until("known\n").find("200 OK"), std::string::npos);
      ASSERT_NE(handler_.certificate(), nullptr);
      EXPECT_EQ(*handler_.certificate(), pki().client().certificate.der());
    }
  }
}

TEST_F(HttpTls, RefusesClientsWithoutACertificateOfTheCas) {
  start(mutual_tls());
  CertificateSpec spec;
  spec.subject = "CN=agent1,O=Test";
  spec.extended_key_usage = "clientAuth";
  const std::vector<std::pair<const char*, std::optional<Credential>>> rows{
      {"none", std::nullopt},
      {"self-signed", certconnector::testing::make_self_signed(spec)},
      {"for servers", pki().server()},
      {"beside the CA given", certconnector::testing::issue(pki().root(), spec)},
  };
  for (const auto& [name, credential] : rows) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const TlsClient client(port(), {version, "", credential});
      client.send(kGet);
      EXPECT_EQ(client.read_to_end(), "") << name;
    }
  }
}

TEST_F(HttpTls, ANewCertificateIsForNewConnections) {
  start(server_tls());
  const TlsClient before(port());
  CertificateSpec spec;
  spec.subject = "CN=renewed";
  const auto renewed = certconnector::testing::make_self_signed(spec);
  ASSERT_TRUE(server_->replace_tls({renewed.certificate.to_pem(), renewed.key_pem(), {}}).ok());
  const TlsClient after(port());
  EXPECT_EQ(after.server_certificate(), renewed.certificate.der());
  before.send(kGet);
  EXPECT_NE(before.read_until("nobody\n").find("200 OK"), std::string::npos);
  EXPECT_FALSE(server_->replace_tls({renewed.certificate.to_pem(), "", {}}).ok());
  EXPECT_EQ(TlsClient(port()).server_certificate(), renewed.certificate.der());
}

// As people put files together: the key in between, the chain upside down, a stranger among them.
TEST_F(HttpTls, TheOrderOfTheFileDoesNotMatter) {
  TlsSettings mixed = server_tls();
  mixed.certificate_chain =
      pki().root().certificate.to_pem() + mixed.key + pki().client().certificate.to_pem() +
      pki().intermediate().certificate.to_pem() + pki().server().certificate.to_pem();
  mixed.key = mixed.certificate_chain;
  start(mixed);
  const TlsClient client(port());
  EXPECT_TRUE(client.connected());
  EXPECT_EQ(client.server_certificate(), pki().server().certificate.der());
}

TEST_F(HttpTls, APlainServerDoesNotBecomeATlsServer) {
  auto plain = Server::start({}, handler_, log_);
  ASSERT_TRUE(plain.ok());
  const auto replaced = plain.value()->replace_tls(server_tls());
  ASSERT_FALSE(replaced.ok());
  EXPECT_EQ(replaced.error().code(), error_code(HttpErrc::bad_tls));
}

TEST_F(HttpTls, CutsOffWhoDoesNotFinishTheHandshake) {
  start(server_tls(), Duration(50));
  const RawClient silent(port());
  EXPECT_EQ(silent.read_to_end(), "");
  const RawClient halfway(port());
  halfway.send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));
  EXPECT_EQ(halfway.read_to_end(), "");
  // One octet at a time does not buy time: the limit is for the whole handshake.
  const RawClient dripping(port());
  dripping.send(std::string_view("\x16\x03\x01\x3f\xff", 5));
  while (!dripping.readable_within(5) && dripping.send("x")) continue;
  EXPECT_EQ(dripping.read_to_end().find("HTTP"), std::string::npos);
}

TEST_F(HttpTls, PlainHttpIsCutOff) {
  start(server_tls());
  const RawClient client(port());
  client.send(kGet);
  EXPECT_EQ(client.read_to_end().find("HTTP/1.1"), std::string::npos);
  EXPECT_TRUE(TlsClient(port()).connected());
}

TEST_F(HttpTls, StopsWithConnectionsOpen) {
  start(server_tls());
  const RawClient shaking(port());
  shaking.send("\x16\x03\x01");
  const TlsClient idle(port());
  idle.send(kGet);
  EXPECT_NE(idle.read_until("nobody\n").find("200 OK"), std::string::npos);
  server_.reset();
  EXPECT_EQ(idle.read_to_end(), "");
}

struct BadTls {
  const char* name;
  TlsSettings settings;
};
std::ostream& operator<<(std::ostream& out, const BadTls& row) { return out << row.name; }

std::vector<BadTls> bad_tls_rows() {
  const TlsSettings good = mutual_tls();
  const auto with = [&](const char* name, auto change) {
    BadTls row{name, good};
    change(row.settings);
    return row;
  };
  return {
      with("NoChain", [](TlsSettings& s) { s.certificate_chain.clear(); }),
      with("ChainIsText", [](TlsSettings& s) { s.certificate_chain = "not PEM"; }),
      with("ChainIsCutOff",
           [](TlsSettings& s) { s.certificate_chain.resize(s.certificate_chain.size() - 40); }),
      with("ChainIsTheKey", [](TlsSettings& s) { s.certificate_chain = s.key; }),
      with("NoKey", [](TlsSettings& s) { s.key.clear(); }),
      with("KeyIsText", [](TlsSettings& s) { s.key = "not PEM"; }),
      with("KeyIsCutOff", [](TlsSettings& s) { s.key.resize(s.key.size() / 2); }),
      with("KeyOfAnother", [](TlsSettings& s) { s.key = pki().client().key_pem(); }),
      with("NoClientCas", [](TlsSettings& s) { s.client_cas = ""; }),
      with("ClientCasAreText", [](TlsSettings& s) { s.client_cas = "not PEM"; }),
      with("ClientCaIsNone",
           [](TlsSettings& s) { s.client_cas = pki().client().certificate.to_pem(); }),
  };
}

class HttpBadTls : public ::testing::TestWithParam<BadTls> {};

TEST_P(HttpBadTls, IsAPermanentErrorWithoutTheKey) {
  WhoIsThere handler;
  CapturingLogger log;
  ServerSettings settings;
  settings.tls = GetParam().settings;
  const auto started = Server::start(settings, handler, log);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code(), error_code(HttpErrc::bad_tls));
  EXPECT_EQ(started.error().kind(), ErrorKind::permanent);
  const auto& key = settings.tls->key;
  if (key.size() > 100) {
    EXPECT_EQ(started.error().message().find(key.substr(60, 20)), std::string::npos);
  }
  EXPECT_NE(started.error().message().find("TLS"), std::string::npos) << started.error().message();
}

INSTANTIATE_TEST_SUITE_P(Rows, HttpBadTls, ::testing::ValuesIn(bad_tls_rows()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace certconnector::http::testing
