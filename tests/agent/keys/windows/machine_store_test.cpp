// What tests/contract/machine_store_contract.cpp does not say: keys of the CryptoAPI, which know no
// PSS, and of CNG, which live under Wine as long as their handles.
#include "agent/keys/machine_store.h"

#include <windows.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ncrypt.h>
#include <wincrypt.h>

#include "agent/keys/windows/cng_key.h"
#include "common/text/hex.h"
#include "tests/support/test_pki.h"
#include "tests/support/windows/csp_certificate.h"

namespace certconnector::keys {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::CspContainer;
using certconnector::testing::FakeClock;
using certconnector::testing::StoredCertificate;

constexpr DWORD kBits = 2048;

TEST(MachineStore, AKeyOfAnOldProviderKnowsNoPss) {
  const CspContainer container;
  CertificateSpec spec;
  spec.subject = "CN=agent,O=" + text::to_hex(crypto::random_bytes(8));
  const auto root = certconnector::testing::make_self_signed({});
  const StoredCertificate stored(
      certconnector::testing::issue_for_public_key(root, spec, container.public_key()));
  const auto identity =
      machine_store(StoreOwner::user)->open({ChosenBy::subject, spec.subject}, FakeClock::kStart);
  ASSERT_TRUE(identity.ok()) << identity.error().message();
  EXPECT_FALSE(crypto::knows_pss(identity->key));
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
