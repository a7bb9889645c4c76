#include "tests/common/http/tls_client.h"

#include <array>
#include <stdexcept>

namespace certconnector::http::testing {
namespace {

void check(bool good, const char* doing) {
  if (!good) throw std::runtime_error(std::string("OpenSSL refused: ") + doing);
}

int note_the_question(SSL* /*ssl*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 1;
}

void use(SSL* ssl, const certconnector::testing::Credential& credential) {
  const Bytes& der = credential.certificate.der();
  check(SSL_use_certificate_ASN1(ssl, der.data(), static_cast<int>(der.size())) == 1,
        "the certificate");
  check(SSL_use_PrivateKey(ssl, credential.key.native()) == 1, "the key");
}

}  // namespace

TlsClient::TlsClient(std::uint16_t port, const TlsClientSettings& settings)
    : transport_(port), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_security_level(context_.get(), 0);  // to offer what the server must refuse
  ssl_.reset(SSL_new(context_.get()));
  if (settings.version != 0) {
    check(SSL_set_min_proto_version(ssl_.get(), settings.version) == 1, "the version");
    check(SSL_set_max_proto_version(ssl_.get(), settings.version) == 1, "the version");
  }
  if (!settings.suites.empty()) {
    check(SSL_set_cipher_list(ssl_.get(), settings.suites.c_str()) == 1, "the suites");
  }
  if (!settings.protocols.empty()) {
    const auto octets = as_bytes(settings.protocols);
    check(SSL_set_alpn_protos(ssl_.get(), octets.data(), static_cast<unsigned>(octets.size())) == 0,
          "the protocols");
  }
  if (settings.credential) use(ssl_.get(), *settings.credential);
  SSL_set_cert_cb(ssl_.get(), note_the_question, asked_.get());
  SSL_set_fd(ssl_.get(), static_cast<int>(transport_.native()));
  connected_ = SSL_connect(ssl_.get()) == 1;
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return std::string(as_text(ByteView(name, size)));
}

Bytes TlsClient::server_certificate() const {
  const crypto::X509Ptr certificate(SSL_get1_peer_certificate(ssl_.get()));
  check(certificate != nullptr, "no certificate");
  Bytes der(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)));
  unsigned char* at = der.data();
  i2d_X509(certificate.get(), &at);
  return der;
}

bool TlsClient::send(std::string_view octets) const {
  return SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())) > 0;
}

std::string TlsClient::read_until(std::string_view text) const {
  std::string all;
  std::array<char, 16384> part{};
  while (text.empty() || all.find(text) == std::string::npos) {
    const int size = SSL_read(ssl_.get(), part.data(), static_cast<int>(part.size()));
    if (size <= 0) break;
    all.append(part.data(), static_cast<std::size_t>(size));
  }
  return all;
}

std::string TlsClient::read_to_end(bool* orderly) const {
  auto all = read_until({});
  if (orderly != nullptr) {
    *orderly = (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  return all;
}

}  // namespace certconnector::http::testing
