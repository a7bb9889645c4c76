#include "agent/keys/windows/cng_key.h"

#include <string>
#include <utility>

#include "agent/keys/errors.h"
#include "common/text/hex.h"

namespace certconnector::keys {
namespace {

using crypto::HashAlgorithm;
using crypto::KeyKind;
using crypto::RsaPadding;

const wchar_t* cng_name(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha256:
      return BCRYPT_SHA256_ALGORITHM;
    case HashAlgorithm::sha384:
      return BCRYPT_SHA384_ALGORITHM;
    case HashAlgorithm::sha512:
      return BCRYPT_SHA512_ALGORITHM;
    case HashAlgorithm::sha1:
      return BCRYPT_SHA1_ALGORITHM;
  }
  return nullptr;
}

Error signing_failed(DWORD code) {
  const Bytes octets{static_cast<std::uint8_t>(code >> 24U), static_cast<std::uint8_t>(code >> 16U),
                     static_cast<std::uint8_t>(code >> 8U), static_cast<std::uint8_t>(code)};
  return {KeysErrc::no_key, ErrorKind::transient,
          "Windows does not sign with the key of the certificate (0x" + text::to_hex(octets) +
              "); the agent's account needs the permission Read of the key (certlm.msc, All Tasks, "
              "Manage Private Keys)"};
}

class CngKey final : public crypto::RemoteKey {
 public:
  CngKey(NCRYPT_KEY_HANDLE key, KeyKind kind) : key_(key), kind_(kind) {}
  ~CngKey() override { ::NCryptFreeObject(key_); }
  CngKey(const CngKey&) = delete;
  CngKey& operator=(const CngKey&) = delete;

  // What it can do is learned with a hash of nothing but zeros.
  [[nodiscard]] Status learn() {
    const Bytes zeros(crypto::hash(HashAlgorithm::sha256, {}).size);
    CC_TRY(sign(HashAlgorithm::sha256, zeros, RsaPadding::pkcs1));
    knows_pss_ = kind_ == KeyKind::rsa && sign(HashAlgorithm::sha256, zeros, RsaPadding::pss).ok();
    return {};
  }

  [[nodiscard]] Result<Bytes> sign(HashAlgorithm algorithm, ByteView hash,
                                   RsaPadding padding) const override {
    BCRYPT_PKCS1_PADDING_INFO pkcs1{cng_name(algorithm)};
    BCRYPT_PSS_PADDING_INFO pss{cng_name(algorithm), static_cast<ULONG>(hash.size())};
    if (kind_ == KeyKind::ec) {
      CC_TRY_ASSIGN(const Bytes r_and_s, sign_with(nullptr, hash, 0));
      return crypto::ecdsa_in_der(r_and_s);
    }
    return padding == RsaPadding::pss ? sign_with(&pss, hash, BCRYPT_PAD_PSS)
                                      : sign_with(&pkcs1, hash, BCRYPT_PAD_PKCS1);
  }
  [[nodiscard]] bool knows_pss() const override { return knows_pss_; }

 private:
  [[nodiscard]] Result<Bytes> sign_with(void* padding, ByteView hash, DWORD flags) const {
    auto* octets = const_cast<BYTE*>(hash.data());
    const auto size = static_cast<DWORD>(hash.size());
    flags |= NCRYPT_SILENT_FLAG;
    DWORD length = 0;
    SECURITY_STATUS failed =
        ::NCryptSignHash(key_, padding, octets, size, nullptr, 0, &length, flags);
    Bytes signature(length);
    if (failed == ERROR_SUCCESS) {
      failed =
          ::NCryptSignHash(key_, padding, octets, size, signature.data(), length, &length, flags);
    }
    if (failed != ERROR_SUCCESS) return signing_failed(static_cast<DWORD>(failed));
    signature.resize(length);
    return signature;
  }

  NCRYPT_KEY_HANDLE key_;
  KeyKind kind_;
  bool knows_pss_ = false;
};

ALG_ID csp_name(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha256:
      return CALG_SHA_256;
    case HashAlgorithm::sha384:
      return CALG_SHA_384;
    case HashAlgorithm::sha512:
      return CALG_SHA_512;
    case HashAlgorithm::sha1:
      return CALG_SHA1;
  }
  return 0;
}

class CspHash {
 public:
  CspHash(HCRYPTPROV provider, HashAlgorithm algorithm, ByteView hash) {
    good_ = ::CryptCreateHash(provider, csp_name(algorithm), 0, 0, &hash_) != 0 &&
            ::CryptSetHashParam(hash_, HP_HASHVAL, hash.data(), 0) != 0;
  }
  ~CspHash() {
    if (hash_ != 0) ::CryptDestroyHash(hash_);
  }
  CspHash(const CspHash&) = delete;
  CspHash& operator=(const CspHash&) = delete;
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] HCRYPTHASH get() const { return hash_; }

 private:
  HCRYPTHASH hash_ = 0;
  bool good_ = false;
};

class CspKey final : public crypto::RemoteKey {
 public:
  CspKey(HCRYPTPROV provider, DWORD spec) : provider_(provider), spec_(spec) {}
  ~CspKey() override { ::CryptReleaseContext(provider_, 0); }
  CspKey(const CspKey&) = delete;
  CspKey& operator=(const CspKey&) = delete;

  [[nodiscard]] Result<Bytes> sign(HashAlgorithm algorithm, ByteView digest,
                                   RsaPadding padding) const override {
    if (padding == RsaPadding::pss) {
      return Error(KeysErrc::unsupported, ErrorKind::permanent, "this key knows no PSS");
    }
    const CspHash hash(provider_, algorithm, digest);
    DWORD size = 0;
    if (!hash.good() || ::CryptSignHashW(hash.get(), spec_, nullptr, 0, nullptr, &size) == 0) {
      return signing_failed(::GetLastError());
    }
    Bytes signature(size);
    if (::CryptSignHashW(hash.get(), spec_, nullptr, 0, signature.data(), &size) == 0) {
      return signing_failed(::GetLastError());
    }
    // The CryptoAPI begins with the last octet.
    return Bytes(signature.rbegin(), signature.rend());
  }
  [[nodiscard]] bool knows_pss() const override { return false; }

 private:
  HCRYPTPROV provider_;
  DWORD spec_;
};

}  // namespace

Result<std::shared_ptr<const crypto::RemoteKey>> take_cng_key(NCRYPT_KEY_HANDLE key, KeyKind kind) {
  auto taken = std::make_shared<CngKey>(key, kind);
  CC_TRY(taken->learn());
  return std::shared_ptr<const crypto::RemoteKey>(std::move(taken));
}

Result<std::shared_ptr<const crypto::RemoteKey>> take_csp_key(HCRYPTPROV provider, DWORD spec) {
  auto taken = std::make_shared<CspKey>(provider, spec);
  const crypto::HashValue hash = crypto::hash(HashAlgorithm::sha256, {});
  CC_TRY(taken->sign(HashAlgorithm::sha256, hash.view(), RsaPadding::pkcs1));
  return std::shared_ptr<const crypto::RemoteKey>(std::move(taken));
}

}  // namespace certconnector::keys
