#include "agent/enrollment/trusted_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/enrollment/errors.h"
#include "proto/challenge/signed_challenge.h"
#include "tests/agent/enrollment/public_key_pem.h"
#include "tests/support/test_pki.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::make_self_signed;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::pem_of;
using testing::public_key_pem;

crypto::PrivateKey new_key(int bits = 256) {
  return crypto::PrivateKey::generate({crypto::KeyKind::ec, bits}).value();
}

TEST(TrustedKeys, KeysAndCertificatesAreReadInOrder) {
  const auto key = new_key();
  const Credential rsa = make_self_signed(CertificateSpec{}, {crypto::KeyKind::rsa, 2048});
  const auto keys = read_trusted_keys("# the signer of 2026\n" + public_key_pem(key) +
                                      "the one before it:\r\n" + rsa.certificate.to_pem());
  ASSERT_TRUE(keys.ok()) << keys.error().message();
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].id, challenge::key_id(key.public_key_info()));
  EXPECT_EQ((*keys)[0].public_key_info, key.public_key_info());
  EXPECT_FALSE((*keys)[0].retired_at.has_value());
  EXPECT_EQ((*keys)[1].id, challenge::key_id(rsa.key.public_key_info()));
  EXPECT_EQ((*keys)[1].key.kind(), crypto::KeyKind::rsa);
  EXPECT_EQ((*keys)[1].retired_at, rsa.certificate.not_after());
}

TEST(TrustedKeys, NamesAnUnusableKey) {
  const auto key = new_key();
  const std::string good = public_key_pem(key);
  const Credential same_key = make_self_signed(CertificateSpec{});
  std::string many;
  for (std::size_t i = 0; i <= kMaxTrustedKeys; ++i) many += public_key_pem(new_key());
  struct Row {
    const char* name;
    std::string pem;
    const char* in_message;
  };
  const Row rows[] = {
      {"nothing", "", "no PUBLIC KEY"},
      {"no PEM", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", "no PUBLIC KEY"},
      {"a private key", good + key.to_pkcs8_pem().value(), "block 2: "},
      {"a private key, named", key.to_pkcs8_pem().value(), "private key"},
      {"a request", pem_of("CERTIFICATE REQUEST", key.public_key_info()), "neither"},
      {"no key", pem_of("PUBLIC KEY", as_bytes("abc")), "block 1"},
      {"an empty block", pem_of("PUBLIC KEY", {}), "block 1"},
      {"no certificate", good + pem_of("CERTIFICATE", as_bytes("abc")), "block 2"},
      {"another curve", public_key_pem(new_key(384)), "384 bits"},
      {"no base64", "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n", "base64"},
      {"no END", "-----BEGIN PUBLIC KEY-----\nAAAA\n", "END"},
      {"another END", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END CERTIFICATE-----\n", "END"},
      {"half a BEGIN", "-----BEGIN PUBLIC KEY", "BEGIN"},
      {"the same twice", good + good, "block 2 holds"},
      {"the same as a certificate", public_key_pem(same_key.key) + same_key.certificate.to_pem(),
       "block 2 holds"},
      {"too many", many, "more than 32"},
      {"too much text", std::string(kMaxTrustedKeysText, ' ') + good, "64 KiB"}};
  for (const Row& row : rows) {
    const auto keys = read_trusted_keys(row.pem);
    ASSERT_FALSE(keys.ok()) << row.name;
    EXPECT_EQ(keys.error().code(), error_code(EnrollmentErrc::bad_keys)) << row.name;
    EXPECT_EQ(keys.error().kind(), ErrorKind::permanent) << row.name;
    EXPECT_THAT(keys.error().message(), HasSubstr(row.in_message)) << row.name;
    EXPECT_THAT(keys.error().message(), Not(HasSubstr("BEGIN PRIVATE"))) << row.name;
  }
}

}  // namespace
}  // namespace certconnector::enrollment
