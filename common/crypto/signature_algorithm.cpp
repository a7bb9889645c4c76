#include "common/crypto/signature_algorithm.h"

#include <array>
#include <limits>

#include "common/crypto/der.h"
#include "common/crypto/errors.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kRsaPss = "1.2.840.113549.1.1.10";
constexpr std::string_view kMgf1 = "1.2.840.113549.1.1.8";

struct KnownAlgorithm {
  std::string_view oid;
  SignatureScheme scheme;
  HashAlgorithm hash;
};

constexpr std::array<KnownAlgorithm, 8> kKnown{{
    {"1.2.840.113549.1.1.11", SignatureScheme::rsa_pkcs1, HashAlgorithm::sha256},
    {"1.2.840.10045.4.3.2", SignatureScheme::ecdsa, HashAlgorithm::sha256},
    {"1.2.840.113549.1.1.12", SignatureScheme::rsa_pkcs1, HashAlgorithm::sha384},
    {"1.2.840.113549.1.1.13", SignatureScheme::rsa_pkcs1, HashAlgorithm::sha512},
    {"1.2.840.10045.4.3.3", SignatureScheme::ecdsa, HashAlgorithm::sha384},
    {"1.2.840.10045.4.3.4", SignatureScheme::ecdsa, HashAlgorithm::sha512},
    {"1.2.840.113549.1.1.5", SignatureScheme::rsa_pkcs1, HashAlgorithm::sha1},
    {"1.2.840.10045.4.1", SignatureScheme::ecdsa, HashAlgorithm::sha1},
}};

struct WeakAlgorithm {
  std::string_view oid;
  std::string_view name;
};

constexpr std::array<WeakAlgorithm, 6> kWeak{{
    {"1.2.840.113549.1.1.2", "MD2"},
    {"1.2.840.113549.1.1.3", "MD4"},
    {"1.2.840.113549.1.1.4", "MD5"},
    {"1.3.14.3.2.29", "SHA-1"},
    {"1.3.14.3.2.15", "SHA-1"},
    {"1.2.840.10040.4.3", "SHA-1"},
}};

Error malformed_algorithm() {
  return {CryptoErrc::malformed, ErrorKind::permanent, "the signature algorithm is malformed"};
}

Error weak_algorithm(std::string_view name) {
  return {CryptoErrc::weak_signature, ErrorKind::permanent,
          "the signature uses " + std::string(name) + "; sign with SHA-256 or better"};
}

Error unsupported_algorithm(std::string what) {
  return {CryptoErrc::unsupported, ErrorKind::permanent,
          "the signature algorithm " + std::move(what) +
              " is not supported; use RSA or ECDSA with SHA-256, SHA-384 or SHA-512"};
}

// Parameters that are NULL or absent; what else is there is malformed.
bool has_null_parameters(der::Reader& rest, bool or_absent) {
  if (rest.at_end()) return or_absent;
  const auto null = rest.read(der::kNull);
  return null && null->empty() && rest.at_end();
}

Result<HashAlgorithm> parse_hash(der::Reader reader) {
  const auto type = reader.read_oid();
  const auto oid = type ? der::oid_to_text(*type) : std::nullopt;
  if (!oid || !has_null_parameters(reader, true)) return malformed_algorithm();
  const auto hash = hash_from_oid(*oid);
  if (!hash) return unsupported_algorithm("RSA-PSS with the hash " + *oid);
  if (*hash == HashAlgorithm::sha1) return weak_algorithm("SHA-1");
  return *hash;
}

// [n] EXPLICIT AlgorithmIdentifier.
std::optional<der::Reader> enter_algorithm(der::Reader& reader, unsigned n) {
  auto tagged = reader.enter(der::context(n));
  if (!tagged) return std::nullopt;
  auto algorithm = tagged->enter(der::kSequence);
  if (!algorithm || !tagged->at_end()) return std::nullopt;
  return algorithm;
}

// RSASSA-PSS-params, RFC 4055 section 3.1: absent hashes mean SHA-1.
Result<SignatureAlgorithm> parse_pss(der::Reader& rest) {
  auto parameters = rest.enter(der::kSequence);
  if (!parameters || !rest.at_end()) return malformed_algorithm();
  if (!parameters->next_is(der::context(0))) {
    return weak_algorithm("SHA-1 (the default of RSA-PSS)");
  }
  const auto hash_reader = enter_algorithm(*parameters, 0);
  if (!hash_reader) return malformed_algorithm();
  CC_TRY_ASSIGN(const HashAlgorithm hash, parse_hash(*hash_reader));
  if (!parameters->next_is(der::context(1))) return weak_algorithm("SHA-1 (the default of MGF1)");
  auto mask = enter_algorithm(*parameters, 1);
  const auto mask_type = mask ? mask->read_oid() : std::nullopt;
  if (!mask_type) return malformed_algorithm();
  if (der::oid_to_text(*mask_type) != kMgf1)
    return unsupported_algorithm("RSA-PSS with that mask function");
  const auto mask_hash_reader = mask->enter(der::kSequence);
  if (!mask_hash_reader || !mask->at_end()) return malformed_algorithm();
  CC_TRY_ASSIGN(const HashAlgorithm mask_hash, parse_hash(*mask_hash_reader));
  if (mask_hash != hash) return unsupported_algorithm("RSA-PSS with two different hashes");
  int salt_length = 20;
  if (parameters->next_is(der::context(2))) {
    auto salt = parameters->enter(der::context(2));
    const auto length = salt ? salt->read_small_unsigned() : std::nullopt;
    if (!length || !salt->at_end() || *length > 1024) return malformed_algorithm();
    salt_length = static_cast<int>(*length);
  }
  // The trailer field has one legal value, which is its default, so DER leaves it out.
  if (!parameters->at_end()) return malformed_algorithm();
  return SignatureAlgorithm{SignatureScheme::rsa_pss, hash, salt_length};
}

}  // namespace

Result<SignatureAlgorithm> parse_signature_algorithm(ByteView contents, WeakHashes weak) {
  der::Reader reader(contents);
  const auto type = reader.read_oid();
  const auto oid = type ? der::oid_to_text(*type) : std::nullopt;
  if (!oid) return malformed_algorithm();
  for (const KnownAlgorithm& known : kKnown) {
    if (known.oid != *oid) continue;
    if (known.hash == HashAlgorithm::sha1 && weak == WeakHashes::refused) {
      return weak_algorithm("SHA-1");
    }
    const bool rsa = known.scheme == SignatureScheme::rsa_pkcs1;
    // RFC 4055 section 5: NULL or absent must both be taken; RFC 5758 section 3.2: absent.
    const bool good = rsa ? has_null_parameters(reader, true) : reader.at_end();
    if (!good) return malformed_algorithm();
    return SignatureAlgorithm{known.scheme, known.hash, 0};
  }
  if (*oid == kRsaPss) return parse_pss(reader);
  for (const WeakAlgorithm& known : kWeak) {
    if (known.oid == *oid) return weak_algorithm(known.name);
  }
  return unsupported_algorithm(*oid);
}

HashAlgorithm hash_for_key(KeyKind kind, int bits) {
  if (kind == KeyKind::rsa || bits <= 256) return HashAlgorithm::sha256;
  return bits <= 384 ? HashAlgorithm::sha384 : HashAlgorithm::sha512;
}

Bytes encode_signature_algorithm(KeyKind kind, HashAlgorithm hash) {
  const SignatureScheme scheme =
      kind == KeyKind::rsa ? SignatureScheme::rsa_pkcs1 : SignatureScheme::ecdsa;
  Bytes out;
  der::Writer writer(out);
  for (const KnownAlgorithm& known : kKnown) {
    if (known.scheme != scheme || known.hash != hash) continue;
    writer.nest(der::kSequence, [&] {
      writer.oid(der::oid_from_text(known.oid).value_or(Bytes()));
      if (kind == KeyKind::rsa) writer.null();
    });
  }
  return out;
}

}  // namespace certconnector::crypto
