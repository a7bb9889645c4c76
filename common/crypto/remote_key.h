// A private key in another place, such as the key store of Windows: it signs there and
// never comes out. For OpenSSL, TLS included, it is a key as any other, by our provider.
#pragma once

#include <memory>

#include "common/crypto/key.h"
#include "common/crypto/message_digest.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

enum class RsaPadding { pkcs1, pss };

// One key at its holder. Thread-safe.
class RemoteKey {
 public:
  virtual ~RemoteKey() = default;
  // Signs the hash of a message. `padding` is for RSA; the salt of PSS is as long as the hash. A
  // signature of ECDSA is DER, RFC 3279 section 2.2.3. Errors: the holder's.
  [[nodiscard]] virtual Result<Bytes> sign(HashAlgorithm algorithm, ByteView hash,
                                           RsaPadding padding) const = 0;
  // Whether an RSA key signs with PSS, which TLS 1.3 wants.
  [[nodiscard]] virtual bool knows_pss() const = 0;
};

// `public_key_info` is the SubjectPublicKeyInfo of the key's certificate. The key is kept as long
// as a copy of the answer is. to_pkcs8_pem() of it fails. Errors: those of
// PublicKey::from_info(), failure.
[[nodiscard]] Result<PrivateKey> use_remote_key(ByteView public_key_info,
                                                std::shared_ptr<const RemoteKey> key);

// False for an RSA key of use_remote_key() whose holder knows no PSS: it is for TLS 1.2 with
// PKCS#1 v1.5 alone.
[[nodiscard]] bool knows_pss(const PrivateKey& key);

// What holders give for ECDSA, r and s of the same length one after the other, in DER. Errors:
// malformed (an odd number of octets, or none).
[[nodiscard]] Result<Bytes> ecdsa_in_der(ByteView r_and_s);

}  // namespace certconnector::crypto
