#include "common/net/tls_setup.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "common/crypto/openssl_ptr.h"
#include "common/crypto/tls_key.h"
#include "common/crypto/tls_suites.h"
#include "common/net/errors.h"

namespace certconnector::net {
namespace {

using crypto::X509Ptr;
using StorePtr = std::unique_ptr<X509_STORE, crypto::OpensslDeleter<X509_STORE_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, crypto::OpensslDeleter<SSL_CTX_free>>;

X509Ptr parse(const Bytes& der) {
  const unsigned char* at = der.data();
  return X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

Error bad_credentials(const std::string& what) {
  return {NetErrc::bad_credentials, ErrorKind::permanent, what};
}

bool check_host(SSL_CTX* context, const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1) return true;
  return X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) == 1;
}

crypto::Sha256 digest_of(const X509* certificate) {
  crypto::Sha256 digest{};
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) digest = {};
  return digest;
}

NetErrc meaning_of(int verify_error) {
  switch (verify_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return NetErrc::certificate_expired;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return NetErrc::other_host;
    default:
      return NetErrc::untrusted;
  }
}

Error refused(NetErrc errc, const char* why) { return {errc, ErrorKind::transient, why}; }

}  // namespace

struct TlsSetup::Parts {
  std::string host;
  StorePtr anchors;
  std::optional<crypto::Sha256> pin;
  std::shared_ptr<const crypto::SystemTrust> system;
  std::optional<crypto::PrivateKey> key;
  std::vector<X509Ptr> chain;
};

TlsSetup::TlsSetup() : parts_(std::make_unique<Parts>()) {}
TlsSetup::~TlsSetup() = default;

Result<std::shared_ptr<const TlsSetup>> TlsSetup::create(const std::string& host,
                                                         const Trust& trust,
                                                         const std::optional<Identity>& identity) {
  std::shared_ptr<TlsSetup> setup(new TlsSetup);
  Parts& parts = *setup->parts_;
  parts.host = host;
  parts.pin = trust.pin;
  parts.system = trust.system;
  parts.anchors.reset(X509_STORE_new());
  const int ways = (trust.pin ? 1 : 0) + (trust.anchors.empty() ? 0 : 1) + (trust.system ? 1 : 0);
  if (ways != 1) {
    return bad_credentials("the CA certificate that the server is trusted by is missing");
  }
  for (const auto& der : trust.anchors) {
    const X509Ptr anchor = parse(der);
    if (!anchor || X509_STORE_add_cert(parts.anchors.get(), anchor.get()) != 1) {
      return bad_credentials("the CA certificate that the server is trusted by cannot be read");
    }
  }
  if (identity) {
    parts.key = identity->key;
    for (const auto& der : identity->certificates) {
      parts.chain.push_back(parse(der));
      if (!parts.chain.back())
        return bad_credentials("a certificate of our identity cannot be read");
    }
    if (parts.chain.empty()) return bad_credentials("our identity has a key but no certificate");
  }
  const ContextPtr trial(SSL_CTX_new(TLS_client_method()));
  if (!trial || !setup->apply(trial.get())) {
    return bad_credentials(
        "our identity cannot be used: key and certificate do not belong together");
  }
  return std::shared_ptr<const TlsSetup>(std::move(setup));
}

bool TlsSetup::apply(SSL_CTX* context) const {
  const Parts& parts = *parts_;
  // Replaces the machine's own trust store, which cpprest has loaded.
  SSL_CTX_set1_cert_store(context, parts.anchors.get());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return false;
  if (SSL_CTX_set_cipher_list(context, crypto::kTls12Suites) != 1) return false;
  if (!check_host(context, parts.host)) return false;
  if (parts.chain.empty()) return true;
  if (SSL_CTX_use_certificate(context, parts.chain.front().get()) != 1) return false;
  for (std::size_t i = 1; i < parts.chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, parts.chain[i].get()) != 1) return false;
  }
  return crypto::use_tls_key(context, *parts.key);
}

int TlsSetup::verify(X509_STORE_CTX* verification) const {
  if (parts_->system) return parts_->system->verify(verification);
  if (X509_verify_cert(verification) == 1) return X509_V_OK;
  return X509_STORE_CTX_get_error(verification);
}

bool TlsSetup::choose_anchor(X509_STORE_CTX* verification, Bytes& chosen) const {
  if (!parts_->pin) return true;
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(verification);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* candidate = sk_X509_value(sent, i);
    if (digest_of(candidate) != *parts_->pin || X509_check_ca(candidate) != 1) continue;
    X509_STORE* store = X509_STORE_CTX_get0_store(verification);
    // The store is ours and holds nothing else: with a pin there are no other anchors.
    if (X509_STORE_add_cert(store, candidate) != 1) return false;
    chosen = crypto::der_of(candidate);
    return true;
  }
  return false;
}

ConnectionWatch::ConnectionWatch(std::shared_ptr<const TlsSetup> setup, std::size_t max_incoming)
    : setup_(std::move(setup)), max_incoming_(max_incoming) {}

void ConnectionWatch::attach(SSL_CTX* context) {
  SSL_CTX_set_cert_verify_callback(
      context,
      [](X509_STORE_CTX* verification, void* watch) {
        return static_cast<ConnectionWatch*>(watch)->verify(verification) ? 1 : 0;
      },
      this);
  SSL_CTX_set_msg_callback(context, [](int outgoing, int /*version*/, int type, const void* data,
                                       std::size_t size, SSL* /*connection*/, void* watch) {
    if (outgoing != 0 || type != SSL3_RT_HEADER || size != SSL3_RT_HEADER_LENGTH) return;
    const auto* header = static_cast<const std::uint8_t*>(data);
    const auto length = static_cast<std::size_t>(header[3] << 8U | header[4]);
    static_cast<ConnectionWatch*>(watch)->count(length + size);
  });
  SSL_CTX_set_msg_callback_arg(context, this);
  // A context that is not as it should be must not connect: verify() then refuses every
  // certificate.
  if (!setup_->apply(context)) usable_ = false;
}

void ConnectionWatch::begin(std::function<void()> on_overflow) {
  const std::lock_guard<std::mutex> lock(mutex_);
  incoming_ = 0;
  on_overflow_ = std::move(on_overflow);
}

void ConnectionWatch::end() {
  const std::lock_guard<std::mutex> lock(mutex_);
  on_overflow_ = nullptr;
}

std::optional<Error> ConnectionWatch::refusal() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return refusal_;
}

Bytes ConnectionWatch::pinned_ca() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return pinned_ca_;
}

bool ConnectionWatch::verify(X509_STORE_CTX* verification) {
  // In the place of whatever the connection has: on some systems cpprestsdk sets a callback that
  // asks the machine's trust store, and takes a certificate that OpenSSL has refused.
  X509_STORE_CTX_set_verify_cb(verification, [](int good, X509_STORE_CTX*) { return good; });
  Bytes chosen;
  std::optional<Error> why;
  if (!usable_) {
    why = refused(NetErrc::untrusted, "our own credentials could not be loaded");
  } else if (!setup_->choose_anchor(verification, chosen)) {
    X509_STORE_CTX_set_error(verification, X509_V_ERR_CERT_UNTRUSTED);
    why = refused(NetErrc::pin_missed,
                  "it did not present the CA certificate whose SHA-256 was given");
  } else if (const int error = setup_->verify(verification); error != X509_V_OK) {
    why = refused(meaning_of(error), X509_verify_cert_error_string(error));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (why) {
    refusal_ = std::move(why);
    return false;
  }
  pinned_ca_ = std::move(chosen);
  return true;
}

void ConnectionWatch::count(std::size_t octets) {
  std::function<void()> overflow;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    incoming_ += octets;
    if (incoming_ > max_incoming_) overflow = std::exchange(on_overflow_, nullptr);
  }
  if (overflow) overflow();
}

}  // namespace certconnector::net
