#include "common/net/connection_error.h"

#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>

#include "common/net/errors.h"

namespace certconnector::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Error error_of(ExchangeFailure failure) {
  return connection_error("the server at https://host:443",
                          {Exchange::End::failed, std::move(failure)}, Duration(1000));
}

long tls(int reason) { return static_cast<long>(ERR_PACK(ERR_LIB_SSL, 0, reason)); }

TEST(ConnectionError, TellsTheCausesApart) {
  struct Row {
    ExchangeFailure failure;
    NetErrc errc;
    const char* words;
  };
  // The texts are cpprestsdk's.
  for (const Row& row : {
           Row{{0, "Error resolving address"}, NetErrc::unknown_host, "no address is known"},
           Row{{EHOSTUNREACH, "Failed to connect to any resolved endpoint"},
               NetErrc::unreachable,
               "the connection is refused, or no way leads there"},
           Row{{EHOSTUNREACH, "Failed to connect to any resolved proxy endpoint"},
               NetErrc::proxy_unreachable,
               "the proxy refuses the connection"},
           Row{{0, "Error resolving proxy address"},
               NetErrc::proxy_unreachable,
               "host name of the proxy"},
           Row{{0, "Expected a 200 response from proxy, received: 502"},
               NetErrc::proxy_unreachable,
               "the proxy does not lead there"},
           Row{{0, "Expected a 200 response from proxy, received: 407"},
               NetErrc::proxy_refused,
               "refused the login"},
           Row{{tls(SSL_R_WRONG_VERSION_NUMBER), "Error in SSL handshake"},
               NetErrc::not_tls,
               "does not speak TLS"},
           Row{{boost::asio::error::connection_reset, "Failed to read HTTP status line"},
               NetErrc::reset,
               "status line"},
           Row{{0, "Failed to read HTTP status line"}, NetErrc::unreachable, "status line"},
       }) {
    const Error error = error_of(row.failure);
    EXPECT_EQ(error.code(), error_code(row.errc)) << row.failure.text;
    EXPECT_THAT(error.message(), HasSubstr(row.words));
  }
}

TEST(ConnectionError, SaysWhoseCertificateIsRefused) {
  const Error refusal(NetErrc::certificate_expired, ErrorKind::transient, "it has expired");
  const Error error =
      connection_error("the server", {Exchange::End::failed, {}, refusal}, Duration(1));
  EXPECT_EQ(error.code(), refusal.code());
  EXPECT_THAT(error.message(), StartsWith("the certificate of the server is not accepted: it has"));
}

}  // namespace
}  // namespace certconnector::net
