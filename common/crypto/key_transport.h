// A content key wrapped for an RSA key: RFC 3370 section 4.2.1 (PKCS#1 v1.5) and RFC 4056 with RFC
// 8017 section 7.1 (OAEP).
#pragma once

#include <memory>
#include <optional>

#include "common/crypto/key.h"
#include "common/crypto/message_digest.h"
#include "common/crypto/public_key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

struct evp_mac_ctx_st;

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

// A private key with what each unwrapping would otherwise make anew: 130,000 instructions.
// Immutable; thread-safe.
class UnwrappingKey {
 public:
  UnwrappingKey(const PrivateKey& key);  // NOLINT: implicit by design, for a key that unwraps once

  [[nodiscard]] bool is_rsa() const { return key_.kind() == KeyKind::rsa; }
  [[nodiscard]] int bits() const { return key_.bits(); }
  // For one unwrapping; null: OpenSSL failed.
  [[nodiscard]] KeyContextHandle context() const;
  // HMAC-SHA-256 keyed with the private exponent. Empty: OpenSSL could not make it.
  [[nodiscard]] Bytes mac(ByteView data) const;

 private:
  struct FreeMac {
    void operator()(evp_mac_ctx_st* context) const;
  };
  using MacHandle = std::unique_ptr<evp_mac_ctx_st, FreeMac>;

  PrivateKey key_;
  KeyContextHandle context_;  // that context() copies
  MacHandle mac_;             // that mac() copies; null: the key is not RSA, or OpenSSL failed
};

[[nodiscard]] Result<Bytes> wrap_key(const KeyTransport& transport, const PublicKey& recipient,
                                     ByteView content_key);
// The content key of `size` octets, 32 at most. The result hides whether the key unwrapped: a wrong
// one gives octets that only `key` determines, and the same ones each time. So a sender learns
// nothing about the padding (RFC 3218), neither from one answer nor from many. Errors: failure,
// not_decryptable (`key` is not RSA).
[[nodiscard]] Result<Bytes> unwrap_key(const KeyTransport& transport, const UnwrappingKey& key,
                                       ByteView wrapped, std::size_t size);

}  // namespace certconnector::crypto
