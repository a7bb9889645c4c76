// AlgorithmIdentifiers of signatures: RFC 4055 (RSA), RFC 5758 (ECDSA).
#pragma once

#include "common/crypto/key.h"
#include "common/crypto/message_digest.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

enum class SignatureScheme { rsa_pkcs1, rsa_pss, ecdsa };

struct SignatureAlgorithm {
  SignatureScheme scheme = SignatureScheme::rsa_pkcs1;
  HashAlgorithm hash = HashAlgorithm::sha256;
  int salt_length = 0;  // PSS only
};

// With `sha1` RSA (PKCS#1 v1.5) and ECDSA may use SHA-1.
enum class WeakHashes { refused, sha1 };

// `contents` are those of the SEQUENCE. Errors: malformed, weak (MD5, SHA-1 and older),
// unsupported.
[[nodiscard]] Result<SignatureAlgorithm> parse_signature_algorithm(
    ByteView contents, WeakHashes weak = WeakHashes::refused);

// The hash that sign() takes for a key: SHA-256; P-384: SHA-384; P-521: SHA-512.
[[nodiscard]] HashAlgorithm hash_for_key(KeyKind kind, int bits);
// The whole DER AlgorithmIdentifier of PKCS#1 v1.5 or ECDSA.
[[nodiscard]] Bytes encode_signature_algorithm(KeyKind kind, HashAlgorithm hash);

}  // namespace certconnector::crypto
