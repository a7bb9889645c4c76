#include "common/crypto/public_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <string>

#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "common/crypto/kept_by_thread.h"
#include "common/crypto/openssl_ptr.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kRsaEncryption = "1.2.840.113549.1.1.1";
constexpr std::string_view kEcPublicKey = "1.2.840.10045.2.1";
constexpr std::size_t kMaxExponentOctets = 8;

struct Curve {
  std::string_view oid;
  const char* group;
  int bits;
};

constexpr std::array<Curve, 3> kCurves{{
    {"1.2.840.10045.3.1.7", "P-256", 256},
    {"1.3.132.0.34", "P-384", 384},
    {"1.3.132.0.35", "P-521", 521},
}};

Error malformed_key(std::string what) {
  return {CryptoErrc::malformed, ErrorKind::permanent, "the public key " + std::move(what)};
}

Error unsupported_key(std::string what) {
  return {CryptoErrc::unsupported, ErrorKind::permanent,
          "the public key " + std::move(what) +
              "; use RSA of 2048 to 8192 bits or EC on P-256, P-384 or P-521"};
}

Error weak_key(std::string what) {
  return {CryptoErrc::weak, ErrorKind::permanent, "the public key " + std::move(what)};
}

int bit_length(ByteView magnitude) {
  if (magnitude.empty()) return 0;
  int bits = static_cast<int>(magnitude.size() - 1) * 8;
  for (unsigned top = magnitude[0]; top != 0; top >>= 1U) ++bits;
  return bits;
}

Status check_rsa(ByteView modulus, ByteView exponent) {
  const int bits = bit_length(modulus);
  if (bits < kMinRsaBits) {
    return weak_key("is RSA of " + std::to_string(bits) + " bits; at least 2048 are needed");
  }
  if (bits > kMaxRsaBits) return unsupported_key("is RSA of " + std::to_string(bits) + " bits");
  if ((modulus[modulus.size() - 1] & 1U) == 0) return malformed_key("has an even RSA modulus");
  const bool odd = !exponent.empty() && (exponent[exponent.size() - 1] & 1U) != 0;
  if (!odd || bit_length(exponent) < 2) {
    return weak_key("has a bad RSA exponent; it must be odd and at least 3");
  }
  if (exponent.size() > kMaxExponentOctets)
    return unsupported_key("has an RSA exponent over 64 bits");
  return {};
}

// OpenSSL's parameters take integers in the machine's octet order.
Bytes to_native(ByteView big_endian) {
  Bytes out = big_endian.to_bytes();
  const std::uint16_t probe = 1;
  std::uint8_t first = 0;
  std::memcpy(&first, &probe, 1);
  if (first == 1) std::reverse(out.begin(), out.end());
  return out;
}

KeyContextHandle context_of_type(const char* type) {
  return KeyContextHandle(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
}

EVP_PKEY* key_from_data(const KeyContextHandle& type, int selection, OSSL_PARAM* parameters) {
  EVP_PKEY* key = nullptr;
  if (!type || EVP_PKEY_fromdata_init(type.get()) != 1 ||
      EVP_PKEY_fromdata(type.get(), &key, selection, parameters) != 1) {
    return nullptr;
  }
  return key;
}

EVP_PKEY* curve_parameters(const Curve& curve) {
  std::string group(curve.group);
  std::array<OSSL_PARAM, 2> data{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_end()};
  return key_from_data(context_of_type("EC"), EVP_PKEY_KEY_PARAMETERS, data.data());
}

// A key with the curve alone, made once for the process: a copy of it costs a quarter of building
// the curve anew.
EVP_PKEY* copy_of_parameters(const Curve& curve) {
  static const std::array<EVP_PKEY*, kCurves.size()> templates{
      curve_parameters(kCurves[0]), curve_parameters(kCurves[1]), curve_parameters(kCurves[2])};
  EVP_PKEY* const parameters = templates.at(static_cast<std::size_t>(&curve - kCurves.data()));
  return parameters == nullptr ? nullptr : EVP_PKEY_dup(parameters);
}

Result<PublicKeyFields> parse_rsa(ByteView parameters, ByteView key_bits) {
  der::Reader parameter_reader(parameters);
  const auto null = parameter_reader.read(der::kNull);
  if (!null || !null->empty() || !parameter_reader.at_end()) {
    return malformed_key("is RSA without the NULL parameters of RFC 3279");
  }
  const auto contents = der::read_only(key_bits, der::kSequence);
  der::Reader reader(contents.value_or(ByteView()));
  const auto modulus = reader.read_unsigned();
  const auto exponent = modulus ? reader.read_unsigned() : std::nullopt;
  if (!exponent || !reader.at_end()) return malformed_key("is not an RSAPublicKey");
  CC_TRY(check_rsa(*modulus, *exponent));
  return PublicKeyFields{KeyKind::rsa, bit_length(*modulus), key_bits, *modulus, *exponent};
}

Result<PublicKeyFields> parse_ec(ByteView parameters, ByteView key_bits) {
  der::Reader reader(parameters);
  const auto type = reader.read_oid();
  const auto oid = type ? der::oid_to_text(*type) : std::nullopt;
  if (!oid || !reader.at_end()) return unsupported_key("is EC without a named curve");
  const auto* curve =
      std::find_if(kCurves.begin(), kCurves.end(), [&](const Curve& c) { return c.oid == *oid; });
  if (curve == kCurves.end()) return unsupported_key("is on the elliptic curve " + *oid);
  const auto coordinate = static_cast<std::size_t>(curve->bits + 7) / 8;
  constexpr std::uint8_t kUncompressed = 0x04;
  if (!key_bits.empty() && (key_bits[0] == 0x02 || key_bits[0] == 0x03)) {
    return unsupported_key("has a compressed point; send it uncompressed");
  }
  if (key_bits.size() != 1 + 2 * coordinate || key_bits[0] != kUncompressed) {
    return malformed_key("is not an uncompressed point of its curve");
  }
  return PublicKeyFields{KeyKind::ec, curve->bits, key_bits, {}, {}};
}

Result<EVP_PKEY*> make_rsa(const PublicKeyFields& fields) {
  Bytes n = to_native(fields.modulus);
  Bytes e = to_native(fields.exponent);
  std::array<OSSL_PARAM, 3> data{OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n.data(), n.size()),
                                 OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e.data(), e.size()),
                                 OSSL_PARAM_construct_end()};
  // Kept, since each new one costs two thirds of what the key does. It holds no key.
  static const KeptByThread<KeyContextHandle> kType;
  const KeyContextHandle& type = kType.get([] { return context_of_type("RSA"); });
  EVP_PKEY* key = key_from_data(type, EVP_PKEY_PUBLIC_KEY, data.data());
  if (key == nullptr) return openssl_failure("taking an RSA public key");
  return key;
}

Result<EVP_PKEY*> make_ec(const PublicKeyFields& fields) {
  const auto* curve = std::find_if(kCurves.begin(), kCurves.end(),
                                   [&](const Curve& c) { return c.bits == fields.bits; });
  EVP_PKEY* key = copy_of_parameters(*curve);
  if (key == nullptr) return openssl_failure("taking an EC public key");
  // Also checks that the point is on the curve.
  if (EVP_PKEY_set1_encoded_public_key(key, fields.key_bits.data(), fields.key_bits.size()) != 1) {
    EVP_PKEY_free(key);
    ERR_clear_error();
    return malformed_key("is a point that is not on its curve");
  }
  return key;
}

}  // namespace

Result<PublicKeyFields> parse_public_key(ByteView info) {
  const auto contents = der::read_only(info, der::kSequence);
  der::Reader reader(contents.value_or(ByteView()));
  auto algorithm = reader.enter(der::kSequence);
  const auto type = algorithm ? algorithm->read_oid() : std::nullopt;
  const auto oid = type ? der::oid_to_text(*type) : std::nullopt;
  const auto bits = reader.read_bit_string();
  if (!oid || !bits || !reader.at_end()) return malformed_key("is not a SubjectPublicKeyInfo");
  if (*oid == kRsaEncryption) return parse_rsa(algorithm->rest(), *bits);
  if (*oid == kEcPublicKey) return parse_ec(algorithm->rest(), *bits);
  return unsupported_key("has the algorithm " + *oid);
}

Result<PublicKey> PublicKey::from_info(ByteView info) {
  CC_TRY_ASSIGN(const PublicKeyFields fields, parse_public_key(info));
  return from_fields(fields);
}

Result<PublicKey> PublicKey::from_fields(const PublicKeyFields& fields) {
  PublicKey key;
  CC_TRY_ASSIGN(EVP_PKEY* const native,
                fields.kind == KeyKind::rsa ? make_rsa(fields) : make_ec(fields));
  key.key_.reset(native);
  key.context_ = make_context(native);
  key.kind_ = fields.kind;
  key.bits_ = fields.bits;
  key.key_bits_ = fields.key_bits;
  return key;
}

KeyContextHandle PublicKey::context() const { return copy_of(context_); }

Status PublicKey::verify(const SignatureAlgorithm& algorithm, ByteView message,
                         ByteView signature) const {
  if ((algorithm.scheme == SignatureScheme::ecdsa) != (kind_ == KeyKind::ec)) {
    return Error(CryptoErrc::bad_signature, ErrorKind::permanent,
                 "the signature algorithm does not fit the kind of the key");
  }
  const KeyContextHandle made = context();
  EVP_PKEY_CTX* const c = made.get();
  bool ready = c != nullptr && EVP_PKEY_verify_init(c) == 1;
  const bool pss = algorithm.scheme == SignatureScheme::rsa_pss;
  // RSA's default padding is PKCS#1 v1.5.
  ready = ready && (!pss || EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1);
  ready = ready && EVP_PKEY_CTX_set_signature_md(c, message_digest(algorithm.hash)) == 1;
  ready = ready && (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(c, algorithm.salt_length) == 1);
  if (!ready) return openssl_failure("preparing to verify a signature");
  const HashValue digest = hash(algorithm.hash, message);
  if (EVP_PKEY_verify(c, signature.data(), signature.size(), digest.octets.data(), digest.size) !=
      1) {
    ERR_clear_error();
    return Error(CryptoErrc::bad_signature, ErrorKind::permanent,
                 "the signature does not verify under the public key");
  }
  return {};
}

}  // namespace certconnector::crypto
