// OpenSSL's context of a TLS listener.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "common/http/server.h"

namespace certconnector::http {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// TLS 1.2 and 1.3, suites of common/crypto/tls_suites.h, ALPN http/1.1, no compression,
// renegotiation or session tickets. Errors: bad_tls.
[[nodiscard]] Result<TlsContext> make_tls_context(const TlsSettings& settings);

}  // namespace certconnector::http
