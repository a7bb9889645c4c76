#include "proto/challenge/signed_challenge.h"

#include <utility>

#include "common/crypto/digest.h"
#include "common/crypto/signature_algorithm.h"
#include "common/text/base64.h"
#include "common/text/hex.h"
#include "proto/challenge/claims_codec.h"
#include "proto/challenge/errors.h"

namespace certconnector::challenge {
namespace {

using crypto::KeyKind;

constexpr std::string_view kMark = "cch1.";
constexpr std::string_view kDomain = "certconnector challenge v1";
constexpr std::size_t kMaxSignature = 1024;  // octets: RSA of 8192 bits

Bytes signed_octets(std::string_view payload) {
  std::string text(kDomain);
  text += payload;
  return as_bytes(text).to_bytes();
}

Error too_large(std::size_t size) {
  return {ChallengeErrc::too_large, ErrorKind::permanent,
          "the challenge has " + std::to_string(size) + " characters; at most " +
              std::to_string(kMaxToken) + " are taken"};
}

}  // namespace

std::string key_id(ByteView public_key_info) {
  return text::to_hex(crypto::view(crypto::sha256(public_key_info))).substr(0, kKeyIdLength);
}

Status check_signing_key(KeyKind kind, int bits) {
  if (kind == KeyKind::rsa || bits == 256) return {};
  return Error(ChallengeErrc::unsupported_key, ErrorKind::permanent,
               "challenges are signed with RSA or with ECDSA on P-256, not with an EC key of " +
                   std::to_string(bits) + " bits");
}

Result<std::string> mint(const Claims& claims, const crypto::PrivateKey& key) {
  CC_TRY(check_signing_key(key.kind(), key.bits()));
  const std::string payload = encode_payload({key_id(key.public_key_info()), claims});
  // Writes only challenges that it would read.
  if (const auto readable = decode_payload(payload); !readable) {
    return Error(ChallengeErrc::bad_claims, ErrorKind::permanent, readable.error().message());
  }
  CC_TRY_ASSIGN(const Bytes signature, crypto::sign(key, signed_octets(payload)));
  std::string token(kMark);
  token += text::to_base64(as_bytes(payload)) + "." + text::to_base64(signature);
  if (token.size() > kMaxToken) return too_large(token.size());
  return token;
}

Result<SignedChallenge> SignedChallenge::parse(std::string_view token) {
  if (token.size() > kMaxToken) return too_large(token.size());
  if (token.substr(0, kMark.size()) != kMark) {
    return malformed_challenge("does not begin with " + std::string(kMark));
  }
  token.remove_prefix(kMark.size());
  const auto dot = token.find('.');
  if (dot == std::string_view::npos) return malformed_challenge("has no signature");
  const auto payload = text::from_base64(token.substr(0, dot));
  auto signature = text::from_base64(token.substr(dot + 1));
  if (!payload || !signature) return malformed_challenge("is damaged: a part is not base64");
  if (signature->empty() || signature->size() > kMaxSignature) {
    return malformed_challenge("has a signature of a length that none has");
  }
  CC_TRY_ASSIGN(Payload decoded, decode_payload(as_text(*payload)));
  SignedChallenge challenge;
  challenge.payload_ = as_text(*payload);
  challenge.signature_ = std::move(*signature);
  challenge.key_id_ = std::move(decoded.key_id);
  challenge.claims_ = std::move(decoded.claims);
  return challenge;
}

Result<Claims> SignedChallenge::verify(const crypto::PublicKey& key) const {
  CC_TRY(check_signing_key(key.kind(), key.bits()));
  const crypto::SignatureAlgorithm algorithm{key.kind() == KeyKind::rsa
                                                 ? crypto::SignatureScheme::rsa_pkcs1
                                                 : crypto::SignatureScheme::ecdsa,
                                             crypto::HashAlgorithm::sha256, 0};
  if (!key.verify(algorithm, signed_octets(payload_), signature_).ok()) {
    return Error(ChallengeErrc::bad_signature, ErrorKind::permanent,
                 "the challenge's signature does not verify under the key " + key_id_);
  }
  return claims_;
}

}  // namespace certconnector::challenge
