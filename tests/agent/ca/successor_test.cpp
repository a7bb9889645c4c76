// What a CA says about the one that comes after it, with the openssl program as the judge.
#include <gtest/gtest.h>

#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::ca {
namespace {

class SuccessorTest : public testing::LocalCaFixture {};

TEST_F(SuccessorTest, IsAnnouncedUnderTheKeyOfToday) {
  certconnector::testing::CertificateSpec spec;
  spec.subject = "CN=Next CA";
  spec.ca = true;
  const auto next = certconnector::testing::make_self_signed(spec).certificate;
  for (const crypto::KeySpec key :
       {crypto::KeySpec{crypto::KeyKind::ec, 256}, crypto::KeySpec{crypto::KeyKind::ec, 384},
        crypto::KeySpec{crypto::KeyKind::rsa, 2048}}) {
    start(key);
    const auto announced = ca_->announce({next.der()});
    ASSERT_TRUE(announced.ok()) << announced.error().message();
    directory_.write("announced.der", as_text(*announced));
    const std::string ca = settings_.certificate_file;
    openssl({"cms", "-verify", "-binary", "-inform", "DER", "-in", directory_.file("announced.der"),
             "-certfile", ca, "-CAfile", ca, "-purpose", "any", "-attime", epoch()});
    const std::string listed =
        openssl({"pkcs7", "-inform", "DER", "-in", directory_.file("announced.der"), "-print_certs",
                 "-noout"});
    EXPECT_NE(listed.find("CN = Next CA"), std::string::npos) << listed;
    std::filesystem::remove_all(directory_.file("ca"));
  }
}

}  // namespace
}  // namespace certconnector::ca
