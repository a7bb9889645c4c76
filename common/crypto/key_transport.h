// A content key wrapped for an RSA key: RFC 3370 section 4.2.1 (PKCS#1 v1.5) and RFC 4056 with RFC
// 8017 section 7.1 (OAEP).
#pragma once

#include <optional>

#include "common/crypto/key.h"
#include "common/crypto/message_digest.h"
#include "common/crypto/public_key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

struct KeyTransport {
  // Nothing: PKCS#1 v1.5. SHA-1 is sound in both uses of OAEP.
  std::optional<HashAlgorithm> oaep;
  // The hash of OAEP's mask function (MGF1); nothing: `oaep`. Java takes SHA-1 beside SHA-256.
  std::optional<HashAlgorithm> mask = std::nullopt;
};

// The AlgorithmIdentifier, whole. Errors: malformed, unsupported.
[[nodiscard]] Result<KeyTransport> parse_key_transport(ByteView algorithm);
[[nodiscard]] Bytes encode_key_transport(const KeyTransport& transport);

[[nodiscard]] Result<Bytes> wrap_key(const KeyTransport& transport, const PublicKey& recipient,
                                     ByteView content_key);
// The content key of `size` octets, 32 at most. The result hides whether the key unwrapped: a wrong
// one gives octets that only `key` determines, and the same ones each time. So a sender learns
// nothing about the padding (RFC 3218), neither from one answer nor from many. Errors: failure,
// not_decryptable (`key` is not RSA).
[[nodiscard]] Result<Bytes> unwrap_key(const KeyTransport& transport, const PrivateKey& key,
                                       ByteView wrapped, std::size_t size);

}  // namespace certconnector::crypto
