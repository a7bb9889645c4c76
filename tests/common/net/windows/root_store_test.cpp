// A server of a CA that Windows trusts, and the configuration does not. cpprestsdk on Windows takes
// such a server although OpenSSL does not. Our libraries are built without that code, and our own
// verification replaces its callback: each is enough.
#include "tests/common/net/windows/root_store.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "common/crypto/der.h"
#include "common/http/server.h"
#include "common/net/errors.h"
#include "common/net/https_client.h"
#include "tests/common/net/memory_handshake.h"
#include "tests/common/net/scripted_server.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/test_crl.h"

namespace certconnector::net {
namespace {

namespace der = crypto::der;
using certconnector::testing::Credential;
using certconnector::testing::ScriptedServer;
using certconnector::testing::TestPki;
using testing::ContextPtr;
using testing::SslPtr;

constexpr crypto::KeySpec kRsa{crypto::KeyKind::rsa, 2048};

Credential make_foreign_root() {
  certconnector::testing::CertificateSpec spec;
  spec.subject = "CN=Foreign Root,O=Test";
  spec.ca = true;
  return certconnector::testing::make_self_signed(spec, kRsa);
}

// Windows takes no certificate whose revocation it cannot learn.
class CrlOnHttp final : public http::Handler {
 public:
  explicit CrlOnHttp(const Credential& root) {
    certconnector::testing::TestCrl crl;
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    crl.this_update = now - std::chrono::hours(1);
    crl.next_update = now + std::chrono::hours(24);
    crl_ = std::make_shared<const Bytes>(make_crl(root, crl));
  }
  void handle(http::Request, http::Reply reply) override {
    http::Response response;
    response.content_type = "application/pkix-crl";
    response.body = crl_;
    reply.send(std::move(response));
  }

 private:
  std::shared_ptr<const Bytes> crl_;
};

Bytes distribution_point(const std::string& url) {
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.nest(der::kSequence, [&] {
      writer.nest(der::context(0), [&] {
        writer.nest(der::context(0), [&] {
          constexpr std::uint8_t kUri = 0x86;
          writer.element(kUri, url);
        });
      });
    });
  });
  return out;
}

// As cpprestsdk's callback for a connection: above the server's own certificate all is well, and
// there Windows is asked.
int ask_windows(int, X509_STORE_CTX* verification) {
  if (X509_STORE_CTX_get_error_depth(verification) != 0) return 1;
  X509* server = X509_STORE_CTX_get0_cert(verification);
  Bytes octets(static_cast<std::size_t>(i2d_X509(server, nullptr)));
  unsigned char* at = octets.data();
  i2d_X509(server, &at);
  if (!testing::windows_trusts(octets, L"localhost")) return 0;
  X509_STORE_CTX_set_error(verification, X509_V_OK);
  return 1;
}

class RootStoreTest : public ::testing::Test {
 protected:
  RootStoreTest()
      : crl_(root_), crls_(http::Server::start({}, crl_, log_).value()), server_(make_server()) {}

  [[nodiscard]] Credential make_server() const {
    certconnector::testing::CertificateSpec spec;
    spec.subject = "CN=localhost,O=Test";
    spec.key_usage = "digitalSignature";
    spec.extended_key_usage = "serverAuth";
    spec.subject_alt_names = "DNS:localhost";
    spec.raw_extensions = {
        {"2.5.29.31",
         distribution_point("http://127.0.0.1:" + std::to_string(crls_->port()) + "/crl")}};
    return certconnector::testing::issue(root_, spec, kRsa);
  }
  [[nodiscard]] std::shared_ptr<const TlsSetup> ours() const {
    const Trust trust{{pki_.root().certificate.der()}, std::nullopt};
    return TlsSetup::create("localhost", trust, std::nullopt).value();
  }
  // With that context, and a callback for the connection that asks Windows.
  [[nodiscard]] bool connects(SSL_CTX* ours) const {
    const ContextPtr theirs = testing::server_context(server_, {});
    const SslPtr client(SSL_new(ours));
    const SslPtr accepting(SSL_new(theirs.get()));
    SSL_set_verify(client.get(), SSL_VERIFY_PEER, ask_windows);
    return testing::shake_hands(client.get(), accepting.get());
  }

  const TestPki pki_;
  const Credential root_ = make_foreign_root();
  CrlOnHttp crl_;
  certconnector::testing::CapturingLogger log_;
  std::unique_ptr<http::Server> crls_;
  const Credential server_;
};

TEST_F(RootStoreTest, WithoutOurVerificationTheStoreOverrulesTheAnchors) {
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  ASSERT_TRUE(ours()->apply(context.get()));
  EXPECT_FALSE(connects(context.get())) << "nobody trusts that CA yet";
  const testing::TrustedRoot trusted(root_.certificate.der());
  EXPECT_TRUE(connects(context.get())) << "this test shows nothing: Windows refuses the server";
}

TEST_F(RootStoreTest, OurVerificationAsksTheAnchorsAlone) {
  const testing::TrustedRoot trusted(root_.certificate.der());
  ConnectionWatch watch(ours(), 1UL << 20U);
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  watch.attach(context.get());
  EXPECT_FALSE(connects(context.get()));
  ASSERT_TRUE(watch.refusal());
  EXPECT_EQ(watch.refusal()->code(), error_code(NetErrc::untrusted));
}

TEST_F(RootStoreTest, AServerThatWindowsTrustsGetsNoRequest) {
  const testing::TrustedRoot trusted(root_.certificate.der());
  ASSERT_TRUE(testing::windows_trusts(server_.certificate.der(), L"localhost"));
  ScriptedServer server({server_, {}, {}},
                        [](auto& connection, const auto&) { connection.answer(200, "{}"); });
  HttpsSettings settings;
  settings.origin = {"localhost", server.port()};
  HttpsClient client(settings, ours());
  HttpsRequest request;
  request.method = Method::post;
  request.path = "/secret";
  request.body = "secret";
  const auto answer = client.send(request, std::chrono::seconds(20), {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), error_code(NetErrc::untrusted)) << answer.error().message();
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace certconnector::net
