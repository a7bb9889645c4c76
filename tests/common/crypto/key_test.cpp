#include "common/crypto/key.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "common/crypto/errors.h"
#include "common/crypto/public_key.h"
#include "tests/common/crypto/request_builder.h"
#include "tests/support/program.h"
#include "tests/support/temp_directory.h"

namespace certconnector::crypto {
namespace {

Status verify(const PrivateKey& key, ByteView message, const Bytes& signature) {
  const Bytes algorithm = signature_algorithm(key).value();
  const auto parsed = parse_signature_algorithm(der::read_only(algorithm, der::kSequence).value());
  const auto public_key = PublicKey::from_info(key.public_key_info());
  return public_key.value().verify(parsed.value(), message, signature);
}

TEST(PrivateKey, GeneratesWhatItIsAskedFor) {
  for (const KeySpec spec : {KeySpec{KeyKind::rsa, 2048}, KeySpec{KeyKind::ec, 256},
                             KeySpec{KeyKind::ec, 384}, KeySpec{KeyKind::ec, 521}}) {
    const auto key = PrivateKey::generate(spec);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->kind(), spec.kind);
    EXPECT_EQ(key->bits(), spec.bits);
    EXPECT_EQ(PublicKey::from_info(key->public_key_info())->bits(), spec.bits);
  }
}

TEST(PrivateKey, GeneratesNothingElse) {
  for (const KeySpec spec :
       {KeySpec{KeyKind::rsa, 1024}, KeySpec{KeyKind::rsa, 16384}, KeySpec{KeyKind::rsa, -1},
        KeySpec{KeyKind::ec, 224}, KeySpec{KeyKind::ec, 0}}) {
    const auto key = PrivateKey::generate(spec);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().code().name, error_code(CryptoErrc::unsupported).name);
  }
}

TEST(PrivateKey, RoundTripsThroughPkcs8) {
  for (const PrivateKey& key : {rsa_key(), ec_key()}) {
    const auto again = PrivateKey::from_pem(key.to_pkcs8_pem().value());
    ASSERT_TRUE(again.ok()) << again.error().message();
    EXPECT_EQ(again->public_key_info(), key.public_key_info());
  }
}

class OpensslKey : public ::testing::Test {
 protected:
  // The PEM text that the openssl program makes.
  [[nodiscard]] std::string openssl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "openssl");
    arguments.insert(arguments.begin() + 2, {"-out", directory_.file("key.pem")});
    const auto result = testing::run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return directory_.read("key.pem");
  }

  testing::TempDirectory directory_;
};

TEST_F(OpensslKey, EncryptedOnesNeedTheRightPassphrase) {
  const std::string pem =
      openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes-256-cbc",
               "-pass", "pass:correct horse"});
  EXPECT_TRUE(PrivateKey::from_pem(pem, "correct horse").ok());
  for (const std::string_view wrong : {"", "wrong", "correct horsf"}) {
    const auto key = PrivateKey::from_pem(pem, wrong);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().code().name, error_code(CryptoErrc::wrong_passphrase).name)
        << key.error().message();
    if (!wrong.empty()) {
      EXPECT_EQ(key.error().message().find(wrong), std::string::npos);
    }
  }
}

TEST_F(OpensslKey, TraditionalFormsAreRead) {
  EXPECT_TRUE(PrivateKey::from_pem(openssl({"genrsa", "-traditional", "2048"})).ok());
  EXPECT_TRUE(PrivateKey::from_pem(openssl({"ecparam", "-name", "prime256v1", "-genkey"})).ok());
}

TEST_F(OpensslKey, PointsAreWrittenUncompressed) {
  const auto key = PrivateKey::from_pem(
      openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt",
               "point-format:compressed"}));
  ASSERT_TRUE(key.ok()) << key.error().message();
  EXPECT_EQ(PublicKey::from_info(key->public_key_info())->key_bits().size(), 65U);
}

TEST_F(OpensslKey, OtherKindsAreRefused) {
  const std::vector<std::vector<std::string>> refused{
      {"genpkey", "-algorithm", "ED25519"},
      {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"},
      {"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"},
      {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt",
       "ec_param_enc:explicit"},
  };
  for (const auto& arguments : refused) EXPECT_FALSE(PrivateKey::from_pem(openssl(arguments)).ok());
}

TEST(PrivateKey, RefusesTextThatHoldsNone) {
  for (const std::string& pem :
       {std::string(), std::string("nonsense"),
        std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        std::string(100000, 'x')}) {
    const auto key = PrivateKey::from_pem(pem);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().code().name, error_code(CryptoErrc::malformed).name);
  }
}

TEST(Sign, VerifiesUnderThePublicKeyAndNoOtherMessage) {
  const PrivateKey keys[] = {rsa_key(), ec_key(), PrivateKey::generate({KeyKind::ec, 384}).value(),
                             PrivateKey::generate({KeyKind::ec, 521}).value()};
  for (const PrivateKey& key : keys) {
    const Bytes signature = sign(key, as_bytes("message")).value();
    EXPECT_TRUE(verify(key, as_bytes("message"), signature).ok());
    const Status other = verify(key, as_bytes("messagf"), signature);
    ASSERT_FALSE(other.ok());
    EXPECT_EQ(other.error().code().name, error_code(CryptoErrc::bad_signature).name);
  }
}

TEST(Signer, SignsManyMessages) {
  for (const PrivateKey& key : {rsa_key(), ec_key()}) {
    Signer signer = Signer::create(key).value();
    for (const std::string_view message : {"one", "two", ""}) {
      EXPECT_TRUE(verify(key, as_bytes(message), signer.sign(as_bytes(message)).value()).ok());
    }
  }
}

TEST(Signer, SignsAMessageThatCameInPieces) {
  for (const PrivateKey& key : {rsa_key(), PrivateKey::generate({KeyKind::ec, 384}).value()}) {
    Signer signer = Signer::create(key).value();
    RunningHash pieces(signer.hash_algorithm());
    pieces.add(as_bytes("mess"));
    pieces.add(as_bytes("age"));
    const Bytes signature = signer.sign_hash(pieces.finish()).value();
    EXPECT_TRUE(verify(key, as_bytes("message"), signature).ok());
  }
}

TEST(PrivateKey, ACopyIsTheSameKeyBehindAnotherHandle) {
  for (const PrivateKey& key : {rsa_key(), ec_key()}) {
    const PrivateKey copy = key.copy();
    EXPECT_NE(copy.native(), key.native());
    EXPECT_EQ(copy.public_key_info(), key.public_key_info());
    EXPECT_TRUE(verify(key, as_bytes("message"), sign(copy, as_bytes("message")).value()).ok());
  }
}

TEST(Sign, OneKeySignsInManyThreads) {
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  threads.reserve(good.size());
  for (int& count : good) {
    threads.emplace_back([&count] {
      for (int i = 0; i < 10; ++i) {
        const auto signature = sign(rsa_key(), as_bytes("message"));
        if (signature.ok() && verify(rsa_key(), as_bytes("message"), *signature).ok()) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 10));
}

}  // namespace
}  // namespace certconnector::crypto
