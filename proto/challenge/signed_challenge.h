// A signed challenge: a SCEP challenge password (challengePassword, RFC 2985 section 5.4.1) that
// the management endpoint mints and the agent checks without asking anyone.
//
//   cch1.<payload>.<signature>
//
// Both parts are base64 of RFC 4648 section 4, padded: every character fits PrintableString, which
// has no '_' of base64url, and clients put challenges into one. The payload is that of
// claims_codec.h. The signature is over "certconnector challenge v1" and the payload's octets as
// sent: RSA PKCS#1 v1.5 with SHA-256 (RFC 8017 section 8.2), or ECDSA on P-256 with SHA-256 as a
// DER Ecdsa-Sig-Value (RFC 5480 appendix A). The version is that of the mark and of what is signed.
//
// A token is a bearer secret until it is used up or expires: it goes into no log.
#pragma once

#include <string>
#include <string_view>

#include "common/crypto/key.h"
#include "common/crypto/public_key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "proto/challenge/claims.h"

namespace certconnector::challenge {

inline constexpr std::size_t kMaxToken = 2048;  // characters

// The first 16 hex digits of the SHA-256 of a SubjectPublicKeyInfo.
[[nodiscard]] std::string key_id(ByteView public_key_info);

// Errors: unsupported_key.
[[nodiscard]] Status check_signing_key(crypto::KeyKind kind, int bits);

// Errors: unsupported_key, bad_claims (says which), too_large.
[[nodiscard]] Result<std::string> mint(const Claims& claims, const crypto::PrivateKey& key);

// A token whose form is good and whose claims are kept back until its signature is verified.
class SignedChallenge {
 public:
  // Errors, permanent: malformed, too_large.
  [[nodiscard]] static Result<SignedChallenge> parse(std::string_view token);

  // Of the key that it says it is signed with.
  [[nodiscard]] const std::string& key_id() const { return key_id_; }
  // Errors, permanent: bad_signature, unsupported_key. No dates.
  [[nodiscard]] Result<Claims> verify(const crypto::PublicKey& key) const;

 private:
  SignedChallenge() = default;

  std::string payload_;
  Bytes signature_;
  std::string key_id_;
  Claims claims_;
};

}  // namespace certconnector::challenge
