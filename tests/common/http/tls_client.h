// A TLS client, on OpenSSL alone, that says what happened in the handshake.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/openssl_ptr.h"
#include "tests/common/http/raw_client.h"
#include "tests/support/test_pki.h"

namespace certconnector::http::testing {

struct TlsClientSettings {
  int version = 0;        // the only one offered: TLS1_2_VERSION; 0: what OpenSSL likes
  std::string protocols;  // ALPN in wire format: "\x08http/1.1"
  std::optional<certconnector::testing::Credential> credential;  // its certificate and key
  std::string suites{};  // of TLS 1.2, as OpenSSL lists them; empty: what OpenSSL likes
};

// Checks no certificate of the server: tests look at the one they got.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const TlsClientSettings& settings = {});

  // Whether the handshake went well on this side. In TLS 1.3 a server that refuses the client's
  // certificate says so after that.
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] bool was_asked_for_certificate() const { return *asked_; }
  [[nodiscard]] std::string protocol() const;
  [[nodiscard]] Bytes server_certificate() const;
  [[nodiscard]] SSL* native() const { return ssl_.get(); }

  bool send(std::string_view octets) const;
  // Until `text` has come, or the other side closes.
  [[nodiscard]] std::string read_until(std::string_view text) const;
  // The same to the end; `orderly` tells whether the end was a close_notify.
  [[nodiscard]] std::string read_to_end(bool* orderly = nullptr) const;

 private:
  using ContextPtr = std::unique_ptr<SSL_CTX, crypto::OpensslDeleter<SSL_CTX_free>>;
  using SslPtr = std::unique_ptr<SSL, crypto::OpensslDeleter<SSL_free>>;

  RawClient transport_;
  ContextPtr context_;
  SslPtr ssl_;
  std::shared_ptr<bool> asked_ = std::make_shared<bool>(false);
  bool connected_ = false;
};

}  // namespace certconnector::http::testing
