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
  if (before && *before != mint.public_pem_) mint.before_pem_ = std::move(*before);
  return mint;
}

Status ChallengeMint::use(std::shared_ptr<EVP_PKEY> key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  const BioHandle out(BIO_new(BIO_s_mem()));
  if (size <= 0 || PEM_write_bio_PUBKEY(out.get(), key.get()) != 1) {
    return challenge_error("encoding the key of challenges");
  }
  key_id_ = sha256_hex(ByteView(der, static_cast<std::size_t>(size))).substr(0, 16);
  OPENSSL_free(der);
  public_pem_ = text_of(out.get());
  key_ = std::move(key);
  return {};
}

Result<std::string> ChallengeMint::sign(const nlohmann::json& claims) const {
  const std::string payload = dump_json(claims);
  CC_TRY_ASSIGN(const Bytes signature,
                sign_sha256(key_.get(), "certconnector challenge v1" + payload));
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
  before_pem_ = std::move(before);
  return {};
}

}  // namespace certconnector::endpoint
