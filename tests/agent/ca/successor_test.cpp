// A CA's announcement of its successor, verified by the openssl program.
#include <gtest/gtest.h>

#include "common/crypto/signed_data.h"
#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::ca {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::make_self_signed;

CertificateSpec ca_spec(const char* subject, const char* key_usage = "") {
  CertificateSpec spec;
  spec.subject = subject;
  spec.ca = true;
  spec.key_usage = key_usage;
  return spec;
}

class SuccessorTest : public testing::LocalCaFixture {
 protected:
  // The content that today's CA signed, verified with OpenSSL's defaults.
  // `judge`: "cms", or "smime", whose PKCS#7 functions sscep calls.
  std::string verified_content(const char* judge) {
    const std::string ca = settings_.certificate_file;
    openssl({judge, "-verify", "-binary", "-inform", "DER", "-in", directory_.file("announced.der"),
             "-CAfile", ca, "-attime", epoch(), "-out", directory_.file("list.der")});
    return directory_.read("list.der");
  }
  std::string certificates_in(const char* file) {
    return openssl(
        {"pkcs7", "-inform", "DER", "-in", directory_.file(file), "-print_certs", "-noout"});
  }
};

TEST_F(SuccessorTest, IsWhatTheKeyOfTodaySigns) {
  const auto next = make_self_signed(ca_spec("CN=Next CA")).certificate;
  const auto above = make_self_signed(ca_spec("CN=Above the next")).certificate;
  for (const crypto::KeySpec key :
       {crypto::KeySpec{crypto::KeyKind::ec, 256}, crypto::KeySpec{crypto::KeyKind::ec, 384},
        crypto::KeySpec{crypto::KeyKind::rsa, 2048}}) {
    start(key);
    const auto announced = ca_->announce({next.der(), above.der()});
    ASSERT_TRUE(announced.ok()) << announced.error().message();
    directory_.write("announced.der", as_text(*announced));
    for (const char* judge : {"cms", "smime"}) {
      EXPECT_EQ(verified_content(judge),
                as_text(crypto::make_certificates_only({next.der(), above.der()}, {})));
      const std::string listed = certificates_in("list.der");
      EXPECT_NE(listed.find("CN = Next CA"), std::string::npos) << listed;
      EXPECT_NE(listed.find("CN = Above the next"), std::string::npos) << listed;
    }
    // The unsigned certificates beside it are the signer alone.
    const std::string beside = certificates_in("announced.der");
    EXPECT_NE(beside.find("CN = Test CA"), std::string::npos) << beside;
    EXPECT_EQ(beside.find("Next"), std::string::npos) << beside;
    std::filesystem::remove_all(directory_.file("ca"));
  }
}

TEST_F(SuccessorTest, IsNotAnnouncedByACertificateThatIsNotForMessages) {
  struct Row {
    const char* key_usage;
    bool announces;
  };
  for (const Row& row :
       {Row{"keyCertSign,cRLSign", false}, Row{"digitalSignature,keyCertSign,cRLSign", true}}) {
    const Credential own = make_self_signed(ca_spec("CN=Own CA", row.key_usage));
    ASSERT_TRUE(
        import_ca(settings_, {own.certificate.to_pem(), own.key_pem(), {}, {}}, keys_, clock_)
            .ok());
    reopen();
    const auto announced = ca_->announce({own.certificate.der()});
    EXPECT_EQ(announced.ok(), row.announces) << row.key_usage;
    if (!announced.ok()) {
      EXPECT_EQ(announced.error().kind(), ErrorKind::permanent);
      EXPECT_NE(announced.error().message().find("CN=Own CA lacks digitalSignature"),
                std::string::npos)
          << announced.error().message();
    }
    EXPECT_TRUE(ca_->check({}).ok()) << "it can issue";
    std::filesystem::remove_all(directory_.file("ca"));
  }
}

}  // namespace
}  // namespace certconnector::ca
