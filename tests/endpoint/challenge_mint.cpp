#include "tests/endpoint/challenge_mint.h"

#include <openssl/pem.h>

#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "tests/endpoint/digest.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/openssl_handles.h"
#include "tests/endpoint/state_file.h"
#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {
namespace {

constexpr const char* kKeyFile = "/challenge_key.pem";
constexpr const char* kKeyBeforeFile = "/challenge_key_before.pem";
constexpr std::size_t kMaxChallenge = 2048;  // characters
constexpr const char* kSignedPrefix = "certconnector challenge v1";

using DigestHandle = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<&EVP_MD_CTX_free>>;

Error challenge_error(const std::string& doing) {
  return {EndpointErrc::crypto, ErrorKind::permanent, "OpenSSL failed " + doing};
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<KeyHandle> make_key(const std::string& file) {
  KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const BioHandle out(BIO_new(BIO_s_secmem()));
  if (key == nullptr || PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0,
                                                      nullptr, nullptr) != 1) {
    return challenge_error("making the key of challenges");
  }
  CC_TRY(write_file(file, text_of(out.get()), FileMode::secret));
  return key;
}

Result<KeyHandle> read_key(const std::string& pem) {
  const BioHandle in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyHandle key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_is_a(key.get(), "EC") != 1) {
    return Error(EndpointErrc::storage, ErrorKind::corrupt,
                 "challenge_key.pem of the state directory cannot be read: restore it, or remove "
                 "it for a new key");
  }
  return key;
}

// The first 16 digits of the SHA-256 of its SubjectPublicKeyInfo; empty when OpenSSL fails.
std::string id_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  std::string id = sha256_hex(ByteView(der, static_cast<std::size_t>(size))).substr(0, 16);
  OPENSSL_free(der);
  return id;
}

bool verify_sha256(EVP_PKEY* key, const std::string& message, ByteView signature) {
  const DigestHandle context(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), data,
                          message.size()) == 1;
}

Result<Bytes> sign_sha256(EVP_PKEY* key, const std::string& message) {
  const DigestHandle context(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, data, message.size()) != 1) {
    return challenge_error("signing a challenge");
  }
  signature.resize(size);
  return signature;
}

}  // namespace

Result<ChallengeMint> ChallengeMint::open(const std::string& state_dir) {
  ChallengeMint mint(state_dir);
  CC_TRY_ASSIGN(const auto pem, read_file(state_dir + kKeyFile));
  auto found = pem ? read_key(*pem) : make_key(state_dir + kKeyFile);
  CC_TRY_ASSIGN(auto key, std::move(found));
  CC_TRY(mint.use(std::move(key)));
  CC_TRY_ASSIGN(auto before, read_file(state_dir + kKeyBeforeFile));
  // A roll that was cut off has left the present key there.
  if (before && *before != mint.public_pem_) CC_TRY(mint.remember(std::move(*before)));
  return mint;
}

Status ChallengeMint::use(std::shared_ptr<EVP_PKEY> key) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  key_id_ = id_of(key.get());
  if (key_id_.empty() || PEM_write_bio_PUBKEY(out.get(), key.get()) != 1) {
    return challenge_error("encoding the key of challenges");
  }
  public_pem_ = text_of(out.get());
  key_ = std::move(key);
  return {};
}

Status ChallengeMint::remember(std::string pem) {
  const BioHandle in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  key_before_ = KeyHandle(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr));
  if (key_before_ == nullptr) {
    return Error(EndpointErrc::storage, ErrorKind::corrupt,
                 "challenge_key_before.pem of the state directory cannot be read: restore it, or "
                 "remove it");
  }
  id_before_ = id_of(key_before_.get());
  before_pem_ = std::move(pem);
  return {};
}

bool ChallengeMint::knows(const std::string& key_id) const {
  return key_id == key_id_ || (key_before_ != nullptr && key_id == id_before_);
}

bool ChallengeMint::has_signed(const std::string& key_id, const std::string& payload,
                               ByteView signature) const {
  if (!knows(key_id)) return false;
  EVP_PKEY* key = key_id == key_id_ ? key_.get() : key_before_.get();
  return verify_sha256(key, kSignedPrefix + payload, signature);
}

Result<std::string> ChallengeMint::sign(const nlohmann::json& claims) const {
  const std::string payload = dump_json(claims);
  CC_TRY_ASSIGN(const Bytes signature, sign_sha256(key_.get(), kSignedPrefix + payload));
  std::string token =
      "cch1." + text::to_base64(as_bytes(payload)) + "." + text::to_base64(signature);
  if (token.size() > kMaxChallenge) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent,
                 "the challenge would have " + std::to_string(token.size()) +
                     " characters, of which clients take 2048: claim less");
  }
  return token;
}

Status ChallengeMint::roll() {
  CC_TRY(write_file(state_dir_ + kKeyBeforeFile, public_pem_, FileMode::open));
  CC_TRY_ASSIGN(auto key, make_key(state_dir_ + kKeyFile));
  std::string before = public_pem_;
  CC_TRY(use(std::move(key)));
  return remember(std::move(before));
}

}  // namespace certconnector::endpoint
