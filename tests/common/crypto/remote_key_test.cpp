// Keys that another place holds, as OpenSSL and our own signers use them.
#include "common/crypto/remote_key.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "common/crypto/certificate.h"
#include "common/crypto/errors.h"
#include "common/crypto/pkcs10.h"
#include "common/crypto/public_key.h"
#include "tests/support/software_holder.h"

namespace certconnector::crypto {
namespace {

using certconnector::testing::SoftwareHolder;

class RemoteKeyTest : public ::testing::TestWithParam<KeySpec> {
 protected:
  const PrivateKey held_ = PrivateKey::generate(GetParam()).value();
  const std::shared_ptr<SoftwareHolder> holder_ = std::make_shared<SoftwareHolder>(held_, true);
  const PrivateKey key_ = use_remote_key(held_.public_key_info(), holder_).value();
  const Bytes message_{'m', 'e'};
};

TEST_P(RemoteKeyTest, IsAKeyAsAnyOther) {
  EXPECT_EQ(key_.kind(), held_.kind());
  EXPECT_EQ(key_.bits(), held_.bits());
  EXPECT_EQ(key_.public_key_info(), held_.public_key_info());
  EXPECT_EQ(EVP_PKEY_eq(held_.native(), key_.native()), 1);
  EXPECT_EQ(EVP_PKEY_eq(key_.native(), held_.native()), 1);
  const auto other = PrivateKey::generate(GetParam()).value();
  EXPECT_NE(EVP_PKEY_eq(other.native(), key_.native()), 1);
}

TEST_P(RemoteKeyTest, SignsAtItsHolder) {
  const Bytes signature = sign(key_, message_).value();
  EXPECT_EQ(holder_->asked, 1);
  const Bytes algorithm = signature_algorithm(key_).value();
  const ByteView contents =
      ByteView(algorithm).subview(2, algorithm.size() - 2);  // of its SEQUENCE
  const auto published = PublicKey::from_info(held_.public_key_info()).value();
  EXPECT_TRUE(
      published.verify(parse_signature_algorithm(contents).value(), message_, signature).ok());
}

TEST_P(RemoteKeyTest, ManySignaturesOfOneSignerAllVerify) {
  Signer signer = Signer::create(key_).value();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(signer.sign(message_).ok());
  EXPECT_EQ(holder_->asked, 3);
}

TEST_P(RemoteKeyTest, SignsARequest) {
  Pkcs10Spec spec;
  spec.subject = parse_rfc4514("CN=device").value();
  const auto request = make_pkcs10(key_, spec);
  ASSERT_TRUE(request.ok()) << request.error().message();
  EXPECT_TRUE(Pkcs10::parse(*request).ok());
}

TEST_P(RemoteKeyTest, NeverComesOut) {
  EXPECT_FALSE(key_.to_pkcs8_pem().ok());
  EXPECT_TRUE(sign(key_.copy(), message_).ok()) << "a copy is the same key";
}

TEST_P(RemoteKeyTest, AHolderThatFailsIsAnErrorWithItsReason) {
  holder_->fails = true;
  const auto signature = sign(key_, message_);
  ASSERT_FALSE(signature.ok());
  EXPECT_NE(signature.error().message().find("the token was pulled out"), std::string::npos)
      << signature.error().message();
}

INSTANTIATE_TEST_SUITE_P(Kinds, RemoteKeyTest,
                         ::testing::Values(KeySpec{KeyKind::rsa, 2048}, KeySpec{KeyKind::ec, 256},
                                           KeySpec{KeyKind::ec, 384}),
                         [](const auto& row) {
                           return (row.param.kind == KeyKind::rsa ? "Rsa" : "Ec") +
                                  std::to_string(row.param.bits);
                         });

TEST(RemoteKeys, WhatKnowsNoPssSaysSo) {
  const auto held = PrivateKey::generate({KeyKind::rsa, 2048}).value();
  EXPECT_TRUE(knows_pss(held));
  for (const bool knows : {true, false}) {
    const auto key =
        use_remote_key(held.public_key_info(), std::make_shared<SoftwareHolder>(held, knows));
    EXPECT_EQ(knows_pss(*key), knows);
  }
}

TEST(RemoteKeys, AKeyThatCannotBeReadIsRefused) {
  const auto held = PrivateKey::generate({KeyKind::rsa, 2048}).value();
  const auto holder = std::make_shared<SoftwareHolder>(held, true);
  EXPECT_EQ(use_remote_key(Bytes{0x30, 0x00}, holder).error().code(),
            error_code(CryptoErrc::malformed));
}

TEST(RemoteKeys, RAndSBecomeDer) {
  EXPECT_EQ(ecdsa_in_der(Bytes{0x00, 0x01, 0x80, 0x00}).value(),
            (Bytes{0x30, 0x08, 0x02, 0x01, 0x01, 0x02, 0x03, 0x00, 0x80, 0x00}));
  EXPECT_EQ(ecdsa_in_der(Bytes{1, 2, 3}).error().code(), error_code(CryptoErrc::malformed));
  EXPECT_FALSE(ecdsa_in_der({}).ok());
}

}  // namespace
}  // namespace certconnector::crypto
