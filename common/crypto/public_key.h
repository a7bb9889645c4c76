// Public keys from SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7, without OpenSSL's decoders,
// which cost more than verifying a signature does.
#pragma once

#include <memory>

#include "common/crypto/key.h"
#include "common/crypto/signature_algorithm.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

inline constexpr int kMinRsaBits = 2048;
inline constexpr int kMaxRsaBits = 8192;

// The fields of a SubjectPublicKeyInfo, with views into it.
struct PublicKeyFields {
  KeyKind kind = KeyKind::rsa;
  int bits = 0;
  ByteView key_bits;  // the BIT STRING's octets
  ByteView modulus;   // RSA: big-endian, without leading zeros
  ByteView exponent;
};
// Errors: those of PublicKey::from_info(); that a point is on its curve is not looked at.
[[nodiscard]] Result<PublicKeyFields> parse_public_key(ByteView info);

// RSA of 2048 to 8192 bits with an odd exponent of 3 up to 64 bits; EC on P-256, P-384 and P-521,
// uncompressed.
class PublicKey {
 public:
  // `info` is the whole SubjectPublicKeyInfo. Errors: malformed, unsupported, weak.
  [[nodiscard]] static Result<PublicKey> from_info(ByteView info);
  [[nodiscard]] static Result<PublicKey> from_fields(const PublicKeyFields& fields);

  // That this is the key that `fields` describe.
  [[nodiscard]] bool is(const PublicKeyFields& fields) const {
    return kind_ == fields.kind && bits_ == fields.bits && key_bits_ == fields.key_bits;
  }
  [[nodiscard]] KeyKind kind() const { return kind_; }
  [[nodiscard]] int bits() const { return bits_; }
  [[nodiscard]] ByteView key_bits() const {
    return key_bits_;
  }  // a view into `info`: the BIT STRING's octets
  // For one operation with the key; null: OpenSSL failed.
  [[nodiscard]] KeyContextHandle context() const;

  // Errors: bad_signature (also when the algorithm is for another kind of key).
  [[nodiscard]] Status verify(const SignatureAlgorithm& algorithm, ByteView message,
                              ByteView signature) const;

 private:
  PublicKey() = default;

  KeyHandle key_;
  KeyContextHandle context_;  // that context() copies
  KeyKind kind_ = KeyKind::rsa;
  int bits_ = 0;
  ByteView key_bits_;
};

}  // namespace certconnector::crypto
