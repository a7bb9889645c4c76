#include "common/net/connection_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>

#include "common/net/errors.h"

namespace certconnector::net {
namespace {

// The server's TLS alerts that mean our certificate: RFC 8446 section 6.2.
bool refuses_our_certificate(int reason) {
  constexpr int kAlertCertificateRequired = SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_REQUIRED;
  switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case kAlertCertificateRequired:
      return true;
    default:
      return false;
  }
}

std::string with_tls_reason(const ExchangeFailure& failure, int reason) {
  const char* words =
      reason == 0 ? nullptr : ERR_reason_error_string(static_cast<unsigned long>(failure.code));
  return words == nullptr ? failure.text : failure.text + " (" + words + ")";
}

Error network_error(const std::string& server, const ExchangeFailure& failure) {
  const auto code = static_cast<unsigned long>(failure.code);
  const bool is_tls = failure.code > 0 && ERR_GET_LIB(code) == ERR_LIB_SSL;
  const int reason = is_tls ? ERR_GET_REASON(code) : 0;
  const std::string words = with_tls_reason(failure, reason);
  if (is_tls && refuses_our_certificate(reason)) {
    return {NetErrc::certificate_refused, ErrorKind::denied,
            server + " refused our certificate: " + words};
  }
  // cpprest tells a refused proxy login only in these words.
  if (failure.text.find("received: 407") != std::string::npos) {
    return {NetErrc::proxy_refused, ErrorKind::denied, "the proxy refused the login"};
  }
  const bool reset = failure.code == ECONNRESET || failure.code == EPIPE;
  return {reset ? NetErrc::reset : NetErrc::unreachable, ErrorKind::transient,
          server + " cannot be reached: " + words};
}

}  // namespace

Error connection_error(const std::string& server, const ConnectionFailure& failed,
                       Duration timeout) {
  if (failed.end == Exchange::End::stopped) {
    return {NetErrc::stopped, ErrorKind::transient, "the request was stopped"};
  }
  if (failed.refusal) {
    return {NetErrc::untrusted, ErrorKind::transient,
            "the certificate of " + server + " is not accepted: " + *failed.refusal};
  }
  if (failed.end == Exchange::End::timed_out) {
    return {NetErrc::timed_out, ErrorKind::transient,
            server + " did not answer within " + std::to_string(timeout.count()) + " ms"};
  }
  if (failed.end == Exchange::End::too_large) {
    return {NetErrc::too_large, ErrorKind::transient,
            "the answer of " + server + " is larger than the limit"};
  }
  return network_error(server, failed.failure);
}

}  // namespace certconnector::net
