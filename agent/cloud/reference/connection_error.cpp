#include "agent/cloud/reference/connection_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>

#include "agent/cloud/reference/errors.h"

namespace certconnector::cloud {
namespace {

// The endpoint's TLS alerts that mean our certificate: RFC 8446 section 6.2.
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

Error network_error(const std::string& origin, const ExchangeFailure& failure) {
  const auto code = static_cast<unsigned long>(failure.code);
  const bool is_tls = failure.code > 0 && ERR_GET_LIB(code) == ERR_LIB_SSL;
  const int reason = is_tls ? ERR_GET_REASON(code) : 0;
  if (is_tls && refuses_our_certificate(reason)) {
    return {CloudErrc::identity_refused, ErrorKind::denied,
            "the endpoint at " + origin + " refused our certificate: " +
                with_tls_reason(failure, reason) + "; see `certconnector identity show`"};
  }
  // cpprest tells a refused proxy login only in these words.
  if (failure.text.find("received: 407") != std::string::npos) {
    return {CloudErrc::proxy_refused, ErrorKind::denied,
            "the proxy refused the login: check proxy_user and proxy_password_file"};
  }
  // A reset overtakes the alert that would have said why.
  const bool reset = failure.code == ECONNRESET || failure.code == EPIPE;
  return {CloudErrc::unreachable, ErrorKind::transient,
          "the endpoint at " + origin + " cannot be reached: " + with_tls_reason(failure, reason) +
              (reset ? "; if this goes on, it may be refusing our certificate: see "
                       "`certconnector identity show`"
                     : "")};
}

}  // namespace

Error connection_error(const std::string& origin, Exchange::End end, const ExchangeFailure& failure,
                       const std::optional<std::string>& refusal, Duration timeout) {
  if (end == Exchange::End::stopped) {
    return {CloudErrc::stopped, ErrorKind::transient, "the request was stopped"};
  }
  if (refusal) {
    return {CloudErrc::untrusted, ErrorKind::transient,
            "the certificate of the endpoint at " + origin + " is not accepted: " + *refusal};
  }
  if (end == Exchange::End::timed_out) {
    return {CloudErrc::timed_out, ErrorKind::transient,
            "the endpoint at " + origin + " did not answer within " +
                std::to_string(timeout.count()) + " ms"};
  }
  if (end == Exchange::End::too_large) {
    return {CloudErrc::bad_answer, ErrorKind::transient,
            "the answer of the endpoint at " + origin + " is larger than the limit"};
  }
  return network_error(origin, failure);
}

}  // namespace certconnector::cloud
