// The cipher suites of TLS 1.2 that every TLS connection of the product offers or takes, as a
// server and as a client. Those of TLS 1.3 are OpenSSL's default.
#pragma once

namespace certconnector::crypto {

// A list for SSL_CTX_set_cipher_list, best first. Each has forward secrecy: no key exchange with
// the certificate's own RSA key. AEAD comes first. CBC with SHA-2 is last: with an RSA certificate,
// Windows Server 2012 R2 (an old NDES with the policy module) has no other forward secrecy. No
// SHA-1. No DHE: every client that has it has ECDHE too.
inline constexpr const char* kTls12Suites =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256";

}  // namespace certconnector::crypto
