// A certificate in the store of this user, with a key that stays at Windows. Wine holds keys of the
// CryptoAPI; one of CNG lives there as long as its handle.
#include "agent/keys/machine_store.h"

#include <windows.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ncrypt.h>
#include <wincrypt.h>

#include <stdexcept>

#include "agent/keys/errors.h"
#include "agent/keys/windows/cng_key.h"
#include "common/crypto/public_key.h"
#include "common/text/hex.h"
#include "tests/support/test_pki.h"

namespace certconnector::keys {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::FakeClock;
using certconnector::testing::TestPki;

constexpr wchar_t kContainer[] = L"certconnector-test";
constexpr DWORD kBits = 2048;

// A key of the CryptoAPI, removed with the object. Closed after it was made: Wine keeps it in
// memory until then.
class CspContainer {
 public:
  CspContainer() {
    remove();
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    if (::CryptAcquireContextW(&provider, kContainer, nullptr, PROV_RSA_AES, CRYPT_NEWKEYSET) ==
            0 ||
        ::CryptGenKey(provider, AT_SIGNATURE, kBits << 16U, &key) == 0) {
      throw std::runtime_error("no key container: " + std::to_string(::GetLastError()));
    }
    public_key_ = exported(provider);
    ::CryptDestroyKey(key);
    ::CryptReleaseContext(provider, 0);
  }
  ~CspContainer() { remove(); }
  CspContainer(const CspContainer&) = delete;
  CspContainer& operator=(const CspContainer&) = delete;

  // SubjectPublicKeyInfo.
  [[nodiscard]] const Bytes& public_key() const { return public_key_; }

 private:
  static Bytes exported(HCRYPTPROV provider) {
    DWORD size = 0;
    ::CryptExportPublicKeyInfo(provider, AT_SIGNATURE, X509_ASN_ENCODING, nullptr, &size);
    Bytes memory(size);
    auto* info = reinterpret_cast<CERT_PUBLIC_KEY_INFO*>(memory.data());
    ::CryptExportPublicKeyInfo(provider, AT_SIGNATURE, X509_ASN_ENCODING, info, &size);
    DWORD length = 0;
    ::CryptEncodeObject(X509_ASN_ENCODING, X509_PUBLIC_KEY_INFO, info, nullptr, &length);
    Bytes out(length);
    ::CryptEncodeObject(X509_ASN_ENCODING, X509_PUBLIC_KEY_INFO, info, out.data(), &length);
    out.resize(length);
    return out;
  }
  static void remove() {
    HCRYPTPROV none = 0;
    ::CryptAcquireContextW(&none, kContainer, nullptr, PROV_RSA_AES, CRYPT_DELETEKEYSET);
  }

  Bytes public_key_;
};

// In the store of this user, until its end; closed after each use, as Wine keeps a change until
// then.
class StoredCertificate {
 public:
  explicit StoredCertificate(const crypto::Certificate& certificate)
      : context_(::CertCreateCertificateContext(X509_ASN_ENCODING, certificate.der().data(),
                                                static_cast<DWORD>(certificate.der().size()))) {
    std::wstring container = kContainer;
    CRYPT_KEY_PROV_INFO key{};
    key.pwszContainerName = container.data();
    key.dwProvType = PROV_RSA_AES;
    key.dwKeySpec = AT_SIGNATURE;
    ::CertSetCertificateContextProperty(context_, CERT_KEY_PROV_INFO_PROP_ID, 0, &key);
    const HCERTSTORE store = open();
    EXPECT_NE(::CertAddCertificateContextToStore(store, context_, CERT_STORE_ADD_ALWAYS, nullptr),
              0);
    ::CertCloseStore(store, 0);
  }
  ~StoredCertificate() {
    const HCERTSTORE store = open();
    const CERT_CONTEXT* found = ::CertFindCertificateInStore(store, X509_ASN_ENCODING, 0,
                                                             CERT_FIND_EXISTING, context_, nullptr);
    if (found != nullptr) ::CertDeleteCertificateFromStore(found);
    ::CertCloseStore(store, 0);
    ::CertFreeCertificateContext(context_);
  }
  StoredCertificate(const StoredCertificate&) = delete;
  StoredCertificate& operator=(const StoredCertificate&) = delete;

 private:
  static HCERTSTORE open() {
    return ::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"My");
  }
  const CERT_CONTEXT* context_;
};

bool verifies(const crypto::PrivateKey& key, const Bytes& message, const Bytes& signature) {
  const Bytes algorithm = crypto::signature_algorithm(key).value();
  const auto published = crypto::PublicKey::from_info(key.public_key_info()).value();
  const ByteView contents = ByteView(algorithm).subview(2, algorithm.size() - 2);
  return published.verify(crypto::parse_signature_algorithm(contents).value(), message, signature)
      .ok();
}

class MachineStoreTest : public ::testing::Test {
 protected:
  // A certificate for the key in the container.
  [[nodiscard]] crypto::Certificate issue(const std::string& subject, int begins_in_days) const {
    CertificateSpec spec;
    spec.subject = subject;
    spec.not_before = FakeClock::kStart + std::chrono::hours(24 * begins_in_days);
    return certconnector::testing::issue_for_public_key(pki_.intermediate(), spec,
                                                        container_.public_key());
  }
  static Result<core::Identity> open(const std::string& subject) {
    return open_from_store(StoreOwner::user, {ChosenBy::subject, subject}, FakeClock::kStart);
  }

  const TestPki pki_;
  const CspContainer container_;
  // What a test that crashed has left in the store is another's.
  const std::string subject_ = "CN=agent,O=" + text::to_hex(crypto::random_bytes(8));
  const Bytes message_{'m', 'e'};
};

TEST_F(MachineStoreTest, AKeyOfAnOldProviderSignsWhereItIs) {
  const auto certificate = issue(subject_, -1);
  const StoredCertificate stored(certificate);
  const auto identity = open(subject_);
  ASSERT_TRUE(identity.ok()) << identity.error().message();
  EXPECT_EQ(identity->chain.front().der(), certificate.der());
  EXPECT_TRUE(certificate.belongs_to(identity->key));
  EXPECT_FALSE(crypto::knows_pss(identity->key));
  EXPECT_FALSE(identity->key.to_pkcs8_pem().ok());
  const auto signature = crypto::sign(identity->key, message_);
  ASSERT_TRUE(signature.ok()) << signature.error().message();
  EXPECT_TRUE(verifies(identity->key, message_, *signature));
}

TEST_F(MachineStoreTest, ASuccessorIsTakenOnceItIsValid) {
  const auto first = issue(subject_, -100);
  const StoredCertificate earlier(first);
  const StoredCertificate later(issue(subject_, 5));
  EXPECT_TRUE(open(subject_)->chain.front().der() == first.der());
  const auto successor = issue(subject_, -1);
  const StoredCertificate renewed(successor);
  EXPECT_TRUE(open(subject_)->chain.front().der() == successor.der());
}

TEST_F(MachineStoreTest, WhatIsNotThereIsSaid) {
  EXPECT_EQ(open("CN=nobody").error().code(), error_code(KeysErrc::not_found));
}

// Wine tells nobody the public key, so that nothing can verify here.
TEST(CngKeys, SignWithPssAlso) {
  NCRYPT_PROV_HANDLE provider = 0;
  ASSERT_EQ(::NCryptOpenStorageProvider(&provider, MS_KEY_STORAGE_PROVIDER, 0), ERROR_SUCCESS);
  NCRYPT_KEY_HANDLE key = 0;
  ASSERT_EQ(::NCryptCreatePersistedKey(provider, &key, BCRYPT_RSA_ALGORITHM, nullptr, 0, 0),
            ERROR_SUCCESS);
  DWORD bits = kBits;
  ASSERT_EQ(::NCryptSetProperty(key, NCRYPT_LENGTH_PROPERTY, reinterpret_cast<BYTE*>(&bits),
                                sizeof bits, 0),
            ERROR_SUCCESS);
  ASSERT_EQ(::NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG), ERROR_SUCCESS);
  const auto taken = take_cng_key(key, crypto::KeyKind::rsa);
  ASSERT_TRUE(taken.ok()) << taken.error().message();
  EXPECT_TRUE((*taken)->knows_pss());
  // PKCS#1 v1.5 was tried when it was taken. After PSS a key of Wine knows nothing else.
  const auto hash = crypto::hash(crypto::HashAlgorithm::sha256, {});
  const auto signature =
      (*taken)->sign(crypto::HashAlgorithm::sha256, hash.view(), crypto::RsaPadding::pss);
  ASSERT_TRUE(signature.ok()) << signature.error().message();
  EXPECT_EQ(signature->size(), kBits / 8);
  ::NCryptFreeObject(provider);
}

}  // namespace
}  // namespace certconnector::keys
