#include "common/crypto/public_key.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <thread>
#include <vector>

#include "common/crypto/errors.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

TEST(PublicKey, IsTheKeyThatOpensslDecodes) {
  for (const KeySpec spec : {KeySpec{KeyKind::rsa, 2048}, KeySpec{KeyKind::ec, 256},
                             KeySpec{KeyKind::ec, 384}, KeySpec{KeyKind::ec, 521}}) {
    const PrivateKey key = PrivateKey::generate(spec).value();
    const auto public_key = PublicKey::from_info(key.public_key_info());
    ASSERT_TRUE(public_key.ok()) << public_key.error().message();
    EXPECT_EQ(EVP_PKEY_eq(EVP_PKEY_CTX_get0_pkey(public_key->context().get()), key.native()), 1);
    EXPECT_EQ(public_key->kind(), spec.kind);
    EXPECT_EQ(public_key->bits(), spec.bits);
  }
}

TEST(PublicKey, ManyThreadsCopyTheCurvesAtOnce) {
  const Bytes info = ec_key().public_key_info();
  const Bytes signature = sign(ec_key(), as_bytes("m")).value();
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  threads.reserve(good.size());
  for (int& count : good) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto key = PublicKey::from_info(info);
        const SignatureAlgorithm ecdsa{SignatureScheme::ecdsa, HashAlgorithm::sha256, 0};
        if (key.ok() && key->verify(ecdsa, as_bytes("m"), signature).ok()) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 50));
}

TEST(PublicKey, RefusesTrailingOctetsEverywhere) {
  for (const PrivateKey& key : {rsa_key(), ec_key()}) {
    Bytes info = key.public_key_info();
    info.push_back(0x00);
    const auto refused = PublicKey::from_info(info);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code().name, error_code(CryptoErrc::malformed).name);
  }
}

TEST(PublicKey, EcdsaSignaturesMustBeDer) {
  const auto key = PublicKey::from_info(ec_key().public_key_info());
  const SignatureAlgorithm ecdsa{SignatureScheme::ecdsa, HashAlgorithm::sha256, 0};
  Bytes signature = sign(ec_key(), as_bytes("m")).value();
  ASSERT_TRUE(key->verify(ecdsa, as_bytes("m"), signature).ok());
  signature.push_back(0x00);
  EXPECT_FALSE(key->verify(ecdsa, as_bytes("m"), signature).ok());
}

}  // namespace
}  // namespace certconnector::crypto
