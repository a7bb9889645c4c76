// The issued certificate in what helpers print: PEM or PKCS#7, alone or with its chain.
#include "agent/ca/exec/helper_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/program.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_pki.h"

namespace certconnector::ca {
namespace {

class HelperOutput : public ::testing::Test {
 protected:
  // As `openssl crl2pkcs7` writes it: certificates without a signer, in this order.
  [[nodiscard]] std::string pkcs7(const std::string& certificates) const {
    const auto made =
        certconnector::testing::run_program({"openssl", "crl2pkcs7", "-nocrl", "-certfile",
                                             folder_.write("certificates.pem", certificates)});
    if (made.exit_code != 0) throw std::runtime_error(made.output);
    return made.output;
  }
  static std::string chosen(const std::string& output, ByteView key = {}) {
    const auto certificate = issued_certificate(output, key);
    return certificate.ok() ? certificate->subject_text() : certificate.error().message();
  }

  certconnector::testing::TempDirectory folder_;
  const certconnector::testing::TestPki pki_;
  const crypto::Certificate& leaf_ = pki_.client().certificate;
  const std::string issued_ = leaf_.to_pem();
  const std::string ca_ = pki_.intermediate().certificate.to_pem();
  const std::string other_ = pki_.server().certificate.to_pem();
};

TEST_F(HelperOutput, AChainComesInAnyOrder) {
  const struct {
    const char* what;
    std::string output;
  } rows[] = {{"alone", issued_},
              {"with its chain", issued_ + ca_},
              {"behind its chain", "a line\n" + ca_ + issued_},
              {"PKCS#7", pkcs7(issued_)},
              {"PKCS#7 with its chain", pkcs7(issued_ + ca_)},
              {"PKCS#7 behind its chain", pkcs7(ca_ + issued_)}};
  for (const auto& row : rows) EXPECT_EQ(chosen(row.output), leaf_.subject_text()) << row.what;
}

TEST_F(HelperOutput, TheRequestsKeyComesBeforeTheOrder) {
  EXPECT_EQ(chosen(other_ + issued_, leaf_.public_key_info()), leaf_.subject_text());
}

TEST_F(HelperOutput, OnlyACaCertificateIsGivenAsItIs) {
  EXPECT_EQ(chosen(ca_), pki_.intermediate().certificate.subject_text());
}

TEST_F(HelperOutput, NoCertificateIsAnError) {
  for (const std::string output :
       {"", "no PEM", "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n",
        "-----BEGIN PKCS7-----\n!\n-----END PKCS7-----\n", "-----BEGIN CERTIFICATE-----\nMIIB"}) {
    EXPECT_FALSE(issued_certificate(output, {}).ok()) << output;
  }
}

}  // namespace
}  // namespace certconnector::ca
