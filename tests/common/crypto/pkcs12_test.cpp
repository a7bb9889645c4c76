#include <gtest/gtest.h>

#include "common/crypto/certificate.h"
#include "common/crypto/errors.h"
#include "tests/support/program.h"
#include "tests/support/test_pki.h"

namespace certconnector::crypto {
namespace {

using testing::TestPki;

const TestPki& pki() {
  static const TestPki instance;
  return instance;
}

TEST(Pkcs12, GivesTheKeyAndTheChainInOrder) {
  // The root before the intermediate, and one that belongs to nobody's chain.
  const Bytes file = testing::make_pkcs12(
      pki().client(),
      {pki().root().certificate, pki().server().certificate, pki().intermediate().certificate},
      "passphrase");
  const auto parsed = parse_pkcs12(file, "passphrase");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_TRUE(parsed->chain.front().belongs_to(parsed->key));
  ASSERT_EQ(parsed->chain.size(), 3U);
  EXPECT_EQ(parsed->chain[0].der(), pki().client().certificate.der());
  EXPECT_EQ(parsed->chain[1].der(), pki().intermediate().certificate.der());
  EXPECT_EQ(parsed->chain[2].der(), pki().root().certificate.der());
}

TEST(Pkcs12, AnEmptyPassphraseIsOneToo) {
  const Bytes file = testing::make_pkcs12(pki().client(), {}, "");
  EXPECT_TRUE(parse_pkcs12(file, "").ok());
  EXPECT_FALSE(parse_pkcs12(file, "x").ok());
}

TEST(Pkcs12, AWrongPassphraseIsSaidToBeThatAndNotRepeated) {
  const Bytes file = testing::make_pkcs12(pki().client(), {}, "passphrase");
  for (const std::string_view wrong : {"", "hunter2"}) {
    const auto parsed = parse_pkcs12(file, wrong);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().code().name, error_code(CryptoErrc::wrong_passphrase).name);
    EXPECT_EQ(parsed.error().message().find("hunter2"), std::string::npos);
    const bool given =
        parsed.error().message().find("no passphrase was given") == std::string::npos;
    EXPECT_EQ(given, !wrong.empty());
  }
}

TEST(Pkcs12, RefusesOtherInput) {
  for (const Bytes& file : {Bytes(), Bytes{0x30, 0x00}, Bytes(std::size_t{2} * 1024 * 1024, 0x30),
                            pki().root().certificate.der()}) {
    const auto parsed = parse_pkcs12(file, "passphrase");
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().code().name, error_code(CryptoErrc::malformed).name);
  }
}

class OpensslPkcs12 : public ::testing::Test {
 protected:
  // The output of `openssl pkcs12 -export` for the client's credential, with these arguments added.
  [[nodiscard]] Bytes export_with(const std::vector<std::string>& arguments) const {
    pki().write_to(directory_);
    std::vector<std::string> all{"openssl",
                                 "pkcs12",
                                 "-export",
                                 "-in",
                                 directory_.file("client.pem"),
                                 "-inkey",
                                 directory_.file("client.key.pem"),
                                 "-passout",
                                 "pass:passphrase",
                                 "-out",
                                 directory_.file("client.p12")};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto result = testing::run_program(all);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return as_bytes(directory_.read("client.p12")).to_bytes();
  }

 private:
  testing::TempDirectory directory_;
};

TEST_F(OpensslPkcs12, IsRead) {
  const auto parsed = parse_pkcs12(export_with({}), "passphrase");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->chain.size(), 2U);
}

TEST_F(OpensslPkcs12, OldCiphersAreNamedAsTheReason) {
  const auto parsed = parse_pkcs12(export_with({"-legacy"}), "passphrase");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code().name, error_code(CryptoErrc::unsupported).name);
}

// Nothing but the decryption tells a wrong passphrase then, and it is no old cipher.
TEST_F(OpensslPkcs12, AFileWithoutAMacIsReadAndAWrongPassphraseIsNamed) {
  const Bytes file = export_with({"-nomac"});
  const auto parsed = parse_pkcs12(file, "passphrase");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->chain.size(), 2U);
  for (const std::string_view wrong : {"", "hunter2"}) {
    const auto refused = parse_pkcs12(file, wrong);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code().name, error_code(CryptoErrc::wrong_passphrase).name);
    EXPECT_NE(refused.error().message().find("no MAC"), std::string::npos);
  }
  const auto old =
      parse_pkcs12(export_with({"-nomac", "-legacy", "-certpbe", "PBE-SHA1-RC2-40"}), "passphrase");
  ASSERT_FALSE(old.ok());
  EXPECT_EQ(old.error().code().name, error_code(CryptoErrc::unsupported).name);
}

TEST_F(OpensslPkcs12, AFileWithoutKeyIsRefused) {
  const auto parsed = parse_pkcs12(export_with({"-nokeys"}), "passphrase");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code().name, error_code(CryptoErrc::mismatch).name);
}

}  // namespace
}  // namespace certconnector::crypto
