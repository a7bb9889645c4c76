// OpenSSL's context for a connection to a server, and what the server has to be.
#pragma once

#include <openssl/ssl.h>

#include "common/http/client.h"
#include "common/http/tls_context.h"

namespace certconnector::http {

// TLS 1.2 and 1.3, suites of common/crypto/tls_suites.h. Errors: bad_tls.
[[nodiscard]] Result<TlsContext> make_client_context(
    const PeerTrust& trust, const std::optional<ClientCertificate>& certificate);
// Before the handshake.
void expect_peer(SSL* ssl, const PeerTrust& trust);
// Why the certificate did not pass, after a handshake that failed; empty: it was not that.
[[nodiscard]] std::string why_not_trusted(SSL* ssl);

}  // namespace certconnector::http
