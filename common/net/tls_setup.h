// The TLS side of one server: at least TLS 1.2, our certificate, our trust anchors only, host
// name checked (RFC 9525: subject alternative names alone). On OpenSSL; knows nothing of HTTP.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/net/credentials.h"
#include "common/result/result.h"

struct ssl_ctx_st;
struct x509_store_ctx_st;

namespace certconnector::net {

// Immutable and thread-safe; shared by all connections that use the same credentials.
class TlsSetup {
 public:
  // `host` is a name or an IP address. Without `identity` no client certificate is shown.
  // NetErrc::bad_credentials when the parts cannot be used.
  [[nodiscard]] static Result<std::shared_ptr<const TlsSetup>> create(
      const std::string& host, const Trust& trust, const std::optional<Identity>& identity);
  ~TlsSetup();
  TlsSetup(const TlsSetup&) = delete;
  TlsSetup& operator=(const TlsSetup&) = delete;

  // False when OpenSSL does not take a part: the connection must not be used.
  [[nodiscard]] bool apply(ssl_ctx_st* context) const;
  // Replaces the trust anchors by the certificate that matches the pin, if the server sent it. True
  // also when nothing is pinned.
  [[nodiscard]] bool choose_anchor(x509_store_ctx_st* verification, Bytes& chosen) const;
  // After choose_anchor(). X509_V_OK, or OpenSSL's reason.
  [[nodiscard]] int verify(x509_store_ctx_st* verification) const;

 private:
  TlsSetup();
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Watches one connection: counts the octets that come in and remembers why it refused a
// certificate. OpenSSL has a plain pointer to it: it must outlive every connection of its context.
// Thread-safe.
class ConnectionWatch {
 public:
  ConnectionWatch(std::shared_ptr<const TlsSetup> setup, std::size_t max_incoming);

  void attach(ssl_ctx_st* context);

  // A new request: counts from zero. `on_overflow` runs once, on a thread of the connection, when
  // more octets than the limit came in; it must not touch the connection.
  void begin(std::function<void()> on_overflow);
  void end();

  // Why the server's certificate was refused.
  [[nodiscard]] std::optional<Error> refusal() const;
  [[nodiscard]] Bytes pinned_ca() const;  // DER; empty before a verified handshake

  // For OpenSSL's callbacks.
  [[nodiscard]] bool verify(x509_store_ctx_st* verification);
  void count(std::size_t octets);

 private:
  std::shared_ptr<const TlsSetup> setup_;
  const std::size_t max_incoming_;
  std::atomic<bool> usable_{true};
  mutable std::mutex mutex_;
  std::size_t incoming_ = 0;
  std::function<void()> on_overflow_;
  std::optional<Error> refusal_;
  Bytes pinned_ca_;
};

}  // namespace certconnector::net
