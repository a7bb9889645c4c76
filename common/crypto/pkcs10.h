// PKCS#10 certification requests, RFC 2986. The strict DER parser keeps views into the request and
// copies little.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/general_name.h"
#include "common/crypto/key.h"
#include "common/crypto/name.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

inline constexpr std::size_t kMaxPkcs10Size = 65536;

// Bits of KeyUsage, RFC 5280 section 4.2.1.3, as a mask: bit 0 (digitalSignature) is 1 << 0.
enum KeyUsage : std::uint16_t {
  kDigitalSignature = 1U << 0U,
  kNonRepudiation = 1U << 1U,
  kKeyEncipherment = 1U << 2U,
  kDataEncipherment = 1U << 3U,
  kKeyAgreement = 1U << 4U,
  kKeyCertSign = 1U << 5U,
  kCrlSign = 1U << 6U,
  kEncipherOnly = 1U << 7U,
  kDecipherOnly = 1U << 8U
};
// "digitalSignature", ... in bit order.
[[nodiscard]] std::vector<std::string_view> key_usage_names(std::uint16_t mask);
[[nodiscard]] std::optional<std::uint16_t> key_usage_from_name(std::string_view name);

struct RequestedExtension {
  std::string oid;  // dotted
  bool critical = false;
  ByteView value;  // inside the extnValue OCTET STRING
};

// Views into the request.
struct RequestAttribute {
  std::string oid;  // dotted
  ByteView values;  // the contents of the SET: each is a DER element
};

class PublicKey;

// How parse() checks the proof of possession, the request's signature.
enum class ProofOfPossession : std::uint8_t {
  verify,
  verify_sha1,  // accepts SHA-1 as well: for devices that know nothing better
  known         // not verified: the caller verified this request before and kept it since
};

// The request and views into it. Move-only in spirit: copying copies the DER and parses again.
class Pkcs10 {
 public:
  // Errors: malformed, unsupported (key or signature algorithm), weak (RSA under 2048 bits,
  // exponent under 3 or even), weak_signature (MD5 or SHA-1), bad_signature. Trailing octets are
  // malformed. `at_hand` spares building the request's key again where it is the same one; may be
  // null.
  [[nodiscard]] static Result<Pkcs10> parse(Bytes der,
                                            ProofOfPossession proof = ProofOfPossession::verify,
                                            const PublicKey* at_hand = nullptr);

  Pkcs10(Pkcs10&&) noexcept = default;
  Pkcs10& operator=(Pkcs10&&) noexcept = default;
  Pkcs10(const Pkcs10&) = delete;
  Pkcs10& operator=(const Pkcs10&) = delete;

  [[nodiscard]] ByteView der() const { return der_; }
  // The DER of what is asked for, without its signature: the same request signed anew is the same.
  [[nodiscard]] ByteView certification_request_info() const { return info_; }
  [[nodiscard]] ByteView subject() const { return subject_; }  // DER Name
  [[nodiscard]] ByteView public_key_info() const {
    return public_key_info_;
  }  // DER SubjectPublicKeyInfo
  [[nodiscard]] ByteView public_key_bits() const {
    return public_key_bits_;
  }  // BIT STRING's octets
  [[nodiscard]] KeyKind key_kind() const { return key_kind_; }
  [[nodiscard]] int key_bits() const { return key_bits_; }
  // From extensionRequest (PKCS#9, RFC 2985 section 5.4.2) and Microsoft's own
  // (1.3.6.1.4.1.311.2.1.14), in order, each OID once. Malformed: an OID twice in one list, or with
  // different values in two.
  [[nodiscard]] const std::vector<RequestedExtension>& extensions() const { return extensions_; }
  [[nodiscard]] const RequestedExtension* find_extension(std::string_view oid) const;
  // The challengePassword attribute, RFC 2985 section 5.4.1. A secret.
  [[nodiscard]] const std::optional<std::string>& challenge_password() const {
    return challenge_password_;
  }

  // All attributes in order, also those that are read above. An OID may stand there several times:
  // Windows sends several enrollment name-value pairs (common/crypto/name_value_pairs.h).
  [[nodiscard]] const std::vector<RequestAttribute>& attributes() const { return attributes_; }

  // Values of the well-known extensions; an extension that is absent gives the empty value.
  [[nodiscard]] Result<std::vector<GeneralName>> subject_alt_names() const;
  [[nodiscard]] Result<std::uint16_t> key_usage() const;
  [[nodiscard]] Result<std::vector<std::string>> extended_key_usage() const;  // dotted OIDs

 private:
  friend class Pkcs10Parser;
  Pkcs10() = default;

  Bytes der_;
  ByteView info_;
  ByteView subject_;
  ByteView public_key_info_;
  ByteView public_key_bits_;
  KeyKind key_kind_ = KeyKind::rsa;
  int key_bits_ = 0;
  std::vector<RequestedExtension> extensions_;
  std::optional<std::string> challenge_password_;
  std::vector<RequestAttribute> attributes_;
};

struct Pkcs10Spec {
  DistinguishedName subject;
  // For a CA's certificate: basicConstraints CA:TRUE, and a critical key usage (RFC 5280 sections
  // 4.2.1.9 and 4.2.1.3).
  bool for_ca = false;
  std::vector<GeneralName> subject_alt_names;
  std::uint16_t key_usage = 0;
  std::vector<std::string> extended_key_usage;
  std::optional<std::string> challenge_password;
};
// Makes and signs a request: for the agent's own identity, subordinate CAs and tests.
[[nodiscard]] Result<Bytes> make_pkcs10(const PrivateKey& key, const Pkcs10Spec& spec);

namespace oid {
inline constexpr std::string_view kChallengePassword = "1.2.840.113549.1.9.7";
inline constexpr std::string_view kExtensionRequest = "1.2.840.113549.1.9.14";
inline constexpr std::string_view kMicrosoftExtensionRequest = "1.3.6.1.4.1.311.2.1.14";
inline constexpr std::string_view kNameValuePair = "1.3.6.1.4.1.311.13.2.1";
inline constexpr std::string_view kSubjectAltName = "2.5.29.17";
inline constexpr std::string_view kKeyUsage = "2.5.29.15";
inline constexpr std::string_view kExtendedKeyUsage = "2.5.29.37";
inline constexpr std::string_view kSecurityIdentifier = "1.3.6.1.4.1.311.25.2";
inline constexpr std::string_view kClientAuth = "1.3.6.1.5.5.7.3.2";
inline constexpr std::string_view kServerAuth = "1.3.6.1.5.5.7.3.1";
inline constexpr std::string_view kAnyExtendedKeyUsage = "2.5.29.37.0";
// Windows' own "any purpose", which it writes among application policies.
inline constexpr std::string_view kAnyApplicationPolicy = "1.3.6.1.4.1.311.10.12.1";

// Whether the purpose stands for every other one.
[[nodiscard]] constexpr bool is_any_purpose(std::string_view purpose) {
  return purpose == kAnyExtendedKeyUsage || purpose == kAnyApplicationPolicy;
}
}  // namespace oid

}  // namespace certconnector::crypto
