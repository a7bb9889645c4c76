#include "common/crypto/key_transport.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <array>

#include "common/crypto/cms.h"
#include "common/crypto/errors.h"
#include "common/crypto/openssl_ptr.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kOaep = "1.2.840.113549.1.1.7";
constexpr std::string_view kMaskFunction1 = "1.2.840.113549.1.1.8";

Error unsupported_transport(const std::string& what) {
  return cms::unsupported("has its key wrapped with " + what +
                          "; RSA with PKCS#1 v1.5 or OAEP is taken");
}

bool at_null_or_end(der::Reader reader) {
  if (reader.at_end()) return true;
  const auto null = reader.read(der::kNull);
  return null && null->empty() && reader.at_end();
}

// [n] EXPLICIT AlgorithmIdentifier.
std::optional<cms::Algorithm> read_tagged_algorithm(der::Reader& reader, unsigned n) {
  auto tagged = reader.enter(der::context(n));
  auto algorithm = tagged ? cms::read_algorithm(*tagged) : std::optional<cms::Algorithm>();
  return algorithm && tagged->at_end() ? algorithm : std::nullopt;
}

// RSAES-OAEP-params, RFC 4055 section 4.1: what is absent means SHA-1, and no label.
Result<KeyTransport> parse_oaep(der::Reader reader) {
  HashAlgorithm hash = HashAlgorithm::sha1;
  HashAlgorithm mask_hash = HashAlgorithm::sha1;
  if (reader.at_end()) return KeyTransport{hash};
  auto parameters = reader.enter(der::kSequence);
  if (!parameters || !reader.at_end()) return cms::malformed("has malformed OAEP parameters");
  if (parameters->next_is(der::context(0))) {
    const auto algorithm = read_tagged_algorithm(*parameters, 0);
    if (!algorithm) return cms::malformed("has malformed OAEP parameters");
    const auto known = hash_from_oid(algorithm->oid);
    if (!known) return unsupported_transport("OAEP and the hash " + algorithm->oid);
    hash = *known;
  }
  if (parameters->next_is(der::context(1))) {
    auto algorithm = read_tagged_algorithm(*parameters, 1);
    if (!algorithm) return cms::malformed("has malformed OAEP parameters");
    const auto inside = algorithm->oid == kMaskFunction1
                            ? cms::read_algorithm(algorithm->parameters)
                            : std::optional<cms::Algorithm>();
    const auto known = inside ? hash_from_oid(inside->oid) : std::nullopt;
    if (!known) return unsupported_transport("OAEP and an unknown mask function");
    mask_hash = *known;
  }
  if (!parameters->at_end()) return unsupported_transport("OAEP and a label");
  KeyTransport transport{hash};
  if (mask_hash != hash) transport.mask = mask_hash;
  return transport;
}

HashAlgorithm mask_of(const KeyTransport& transport) {
  return transport.mask.value_or(*transport.oaep);
}

bool set_padding(EVP_PKEY_CTX* context, const KeyTransport& transport) {
  if (!transport.oaep) return true;  // RSA's default padding is PKCS#1 v1.5
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, message_digest(*transport.oaep)) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, message_digest(mask_of(transport))) == 1;
}

void write_hash_algorithm(der::Writer& writer, HashAlgorithm hash) {
  writer.nest(der::kSequence, [&] {
    writer.oid(der::oid_from_text(hash_oid(hash)).value_or(Bytes()));
    writer.null();
  });
}

// Null: OpenSSL does not give the exponent, or failed.
EVP_MAC_CTX* mac_of_exponent(EVP_PKEY* key) {
  BIGNUM* exponent = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_D, &exponent) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  Bytes secret(static_cast<std::size_t>(BN_num_bytes(exponent)));
  BN_bn2bin(exponent, secret.data());
  BN_clear_free(exponent);
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  std::string digest(OSSL_DIGEST_NAME_SHA2_256);
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_end()};
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(hmac);
  if (context != nullptr &&
      EVP_MAC_init(context, secret.data(), secret.size(), parameters.data()) != 1) {
    EVP_MAC_CTX_free(context);
    context = nullptr;
  }
  OPENSSL_cleanse(secret.data(), secret.size());
  return context;
}

}  // namespace

void UnwrappingKey::FreeMac::operator()(evp_mac_ctx_st* context) const {
  EVP_MAC_CTX_free(context);
}

UnwrappingKey::UnwrappingKey(const PrivateKey& key)
    : key_(key), context_(make_context(key.native())) {
  if (is_rsa()) mac_.reset(mac_of_exponent(key.native()));
}

KeyContextHandle UnwrappingKey::context() const { return copy_of(context_); }

Bytes UnwrappingKey::mac(ByteView data) const {
  const MacHandle context(mac_ ? EVP_MAC_CTX_dup(mac_.get()) : nullptr);
  Bytes made(SHA256_DIGEST_LENGTH);
  std::size_t size = 0;
  const bool done = context && EVP_MAC_update(context.get(), data.data(), data.size()) == 1 &&
                    EVP_MAC_final(context.get(), made.data(), &size, made.size()) == 1;
  return done && size == made.size() ? made : Bytes();
}

Result<KeyTransport> parse_key_transport(ByteView algorithm) {
  der::Reader reader(algorithm);
  const auto parsed = cms::read_algorithm(reader);
  if (!parsed || !reader.at_end()) return cms::malformed("has a malformed key transport");
  if (parsed->oid == kOaep) return parse_oaep(parsed->parameters);
  if (parsed->oid != cms::kRsaEncryption) return unsupported_transport(parsed->oid);
  if (!at_null_or_end(parsed->parameters)) return cms::malformed("has a malformed key transport");
  return KeyTransport{};
}

Bytes encode_key_transport(const KeyTransport& transport) {
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    const auto oid = transport.oaep ? kOaep : cms::kRsaEncryption;
    writer.oid(der::oid_from_text(oid).value_or(Bytes()));
    if (!transport.oaep) return writer.null();
    writer.nest(der::kSequence, [&] {
      // SHA-1 is the default of both, which DER leaves out.
      if (*transport.oaep != HashAlgorithm::sha1) {
        writer.nest(der::context(0), [&] { write_hash_algorithm(writer, *transport.oaep); });
      }
      const HashAlgorithm mask = mask_of(transport);
      if (mask == HashAlgorithm::sha1) return;
      writer.nest(der::context(1), [&] {
        writer.nest(der::kSequence, [&] {
          writer.oid(der::oid_from_text(kMaskFunction1).value_or(Bytes()));
          write_hash_algorithm(writer, mask);
        });
      });
    });
  });
  return out;
}

Result<Bytes> wrap_key(const KeyTransport& transport, const PublicKey& recipient,
                       ByteView content_key) {
  const KeyContextHandle context = recipient.context();
  Bytes wrapped(static_cast<std::size_t>(recipient.bits() + 7) / 8);
  std::size_t size = wrapped.size();
  if (recipient.kind() != KeyKind::rsa || !context || EVP_PKEY_encrypt_init(context.get()) != 1 ||
      !set_padding(context.get(), transport) ||
      EVP_PKEY_encrypt(context.get(), wrapped.data(), &size, content_key.data(),
                       content_key.size()) != 1) {
    return openssl_failure("wrapping a content key");
  }
  wrapped.resize(size);
  return wrapped;
}

Result<Bytes> unwrap_key(const KeyTransport& transport, const UnwrappingKey& key, ByteView wrapped,
                         std::size_t size) {
  if (!key.is_rsa()) return not_decryptable();
  const KeyContextHandle context = key.context();
  if (!context || EVP_PKEY_decrypt_init(context.get()) != 1 ||
      !set_padding(context.get(), transport)) {
    return openssl_failure("preparing to unwrap a content key");
  }
  // What replaces a content key that does not unwrap.
  Bytes out = key.mac(wrapped);
  if (out.size() < size) return openssl_failure("preparing to unwrap a content key");
  out.resize(size);
  Bytes unwrapped(static_cast<std::size_t>(key.bits() + 7) / 8);
  std::size_t length = unwrapped.size();
  const int done =
      EVP_PKEY_decrypt(context.get(), unwrapped.data(), &length, wrapped.data(), wrapped.size());
  ERR_clear_error();
  // Which of the two it is shows in no branch and in no length.
  const auto good = static_cast<unsigned>(done == 1) & static_cast<unsigned>(length == size);
  const auto mask = static_cast<std::uint8_t>(0U - good);
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned chosen = (unwrapped[i] & mask) | (out[i] & static_cast<std::uint8_t>(~mask));
    out[i] = static_cast<std::uint8_t>(chosen);
  }
  return out;
}

}  // namespace certconnector::crypto
