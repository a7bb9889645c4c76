// The claims as the payload of a token: JSON in the canonical form of RFC 8785, so that one set of
// claims has one spelling. Members, of which those with a star must be there:
//
//   kid*  the signing key, 16 hex digits     iss* aud* jti* dev*  texts, see claims.h
//   nbf* exp*  seconds since 1970            sub  tpl  sid        texts, see claims.h
//   san   ["dns:a.example","upn:b@example"]; kinds of common/crypto/general_name.h, not `other`
//   ku    bits of KeyUsage, RFC 5280 section 4.2.1.3: bit 0 (digitalSignature) counts 1, bit 2
//         (keyEncipherment) 4, and so on
//   eku   ["1.3.6.1.5.5.7.3.2"]
//   kty   "rsa" or "ec", and with it kbits: the least key
//   spki  base64 of the SHA-256 of the device's SubjectPublicKeyInfo
//
// Lists are in ascending order of their octets, without repetition. A list or number that means
// none is left out. iss, aud, jti, nbf and exp are those of JWT, RFC 7519 section 4.1.
#pragma once

#include <string>
#include <string_view>

#include "common/result/result.h"
#include "proto/challenge/claims.h"

namespace certconnector::challenge {

inline constexpr std::size_t kKeyIdLength = 16;

struct Payload {
  std::string key_id;
  Claims claims;
};

// Writes what it is given: decode_payload() tells whether it can be read.
[[nodiscard]] std::string encode_payload(const Payload& payload);
// Errors, permanent: malformed.
[[nodiscard]] Result<Payload> decode_payload(std::string_view json);

}  // namespace certconnector::challenge
