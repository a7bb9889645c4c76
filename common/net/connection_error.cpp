#include "common/net/connection_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>

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

// No answer that begins as TLS does.
bool is_no_tls(int reason) {
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST;
}

// cpprest tells where it failed only in words.
struct Place {
  const char* cpprest;
  NetErrc errc;
  const char* words;
};
constexpr Place kPlaces[] = {
    {"Error resolving address", NetErrc::unknown_host, "no address is known for its host name"},
    {"resolving proxy", NetErrc::proxy_unreachable,
     "no address is known for the host name of the proxy"},
    {"resolved proxy endpoint", NetErrc::proxy_unreachable,
     "the proxy refuses the connection, or no way leads to it"},
    {"from proxy", NetErrc::proxy_unreachable, "the proxy does not lead there"},
    {"any resolved endpoint", NetErrc::unreachable,
     "the connection is refused, or no way leads there"},
};

const Place* place_of(const ExchangeFailure& failure) {
  for (const Place& place : kPlaces) {
    if (failure.text.find(place.cpprest) != std::string::npos) return &place;
  }
  return nullptr;
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
  if (is_tls && is_no_tls(reason)) {
    return {NetErrc::not_tls, ErrorKind::transient, server + " does not speak TLS: " + words};
  }
  if (const Place* place = place_of(failure)) {
    return {place->errc, ErrorKind::transient,
            server + " cannot be reached: " + place->words + " (" + words + ")"};
  }
  const bool reset = failure.code == boost::asio::error::connection_reset ||
                     failure.code == boost::asio::error::connection_aborted ||
                     failure.code == boost::asio::error::broken_pipe;
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
    return failed.refusal->with_context("the certificate of " + server + " is not accepted");
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
