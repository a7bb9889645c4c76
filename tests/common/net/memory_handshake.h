// Both sides of a TLS connection in this process, without sockets.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <vector>

#include "common/crypto/openssl_ptr.h"
#include "tests/support/test_pki.h"

namespace certconnector::net::testing {

using ContextPtr = std::unique_ptr<SSL_CTX, crypto::OpensslDeleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, crypto::OpensslDeleter<SSL_free>>;

// Of a server that sends `chain` after its own certificate.
[[nodiscard]] ContextPtr server_context(const certconnector::testing::Credential& server,
                                        const std::vector<crypto::Certificate>& chain);

// The server wants a client certificate below that root.
void ask_for_client(SSL_CTX* server, const crypto::Certificate& root);

// Whether both sides get to the end of their handshake.
[[nodiscard]] bool shake_hands(SSL* client, SSL* server);

}  // namespace certconnector::net::testing
