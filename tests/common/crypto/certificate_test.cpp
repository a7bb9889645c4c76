#include "common/crypto/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/errors.h"
#include "common/crypto/pkcs10.h"
#include "common/text/hex.h"
#include "tests/support/program.h"
#include "tests/support/test_pki.h"

namespace certconnector::crypto {
namespace {

using ::testing::ElementsAre;
using testing::TestPki;

const TestPki& pki() {
  static const TestPki instance;
  return instance;
}

TEST(Certificate, ReadsALeaf) {
  const Certificate& server = pki().server().certificate;
  EXPECT_EQ(server.subject_text(), "CN=localhost,O=Test");
  EXPECT_EQ(server.issuer_text(), "CN=Test Intermediate,O=Test");
  EXPECT_EQ(server.issuer(), pki().intermediate().certificate.subject());
  EXPECT_FALSE(server.is_ca());
  EXPECT_EQ(server.key_usage(), kDigitalSignature);
  EXPECT_THAT(server.extended_key_usage(), ElementsAre(oid::kServerAuth));
  EXPECT_EQ(server.subject_alt_names(),
            (std::vector<GeneralName>{{GeneralNameKind::dns, "localhost"},
                                      {GeneralNameKind::ip, "127.0.0.1"},
                                      {GeneralNameKind::ip, "::1"}}));
  EXPECT_EQ(server.serial().size(), 8U);
  EXPECT_EQ(server.subject_key_id().size(), 20U);
  EXPECT_TRUE(server.belongs_to(pki().server().key));
  EXPECT_FALSE(server.belongs_to(pki().client().key));
}

TEST(Certificate, ReadsACa) {
  testing::CertificateSpec spec;
  spec.subject = "CN=Limited";
  spec.ca = true;
  spec.path_length = 0;
  const auto limited = testing::make_self_signed(spec);
  EXPECT_TRUE(limited.certificate.is_ca());
  EXPECT_EQ(limited.certificate.path_length(), 0);
  EXPECT_EQ(limited.certificate.key_usage(), kKeyCertSign | kCrlSign);
  EXPECT_EQ(pki().root().certificate.path_length(), -1);
}

TEST(Certificate, ReadsDatesOnBothSidesOf2050) {
  testing::CertificateSpec spec;
  spec.not_before = Timestamp(std::chrono::seconds(0));
  spec.not_after = Timestamp(std::chrono::seconds(253402300799));
  const auto made = testing::make_self_signed(spec);
  EXPECT_EQ(made.certificate.not_before(), spec.not_before);
  EXPECT_EQ(made.certificate.not_after(), spec.not_after);
}

TEST(Certificate, KnowsItsIssuerBySignature) {
  const TestPki other;
  EXPECT_TRUE(pki().server().certificate.issued_by(pki().intermediate().certificate));
  EXPECT_TRUE(pki().root().certificate.issued_by(pki().root().certificate));
  EXPECT_FALSE(pki().server().certificate.issued_by(pki().root().certificate));
  // The same name, another key.
  EXPECT_FALSE(pki().server().certificate.issued_by(other.intermediate().certificate));
}

TEST(Certificate, FingerprintsAreThoseOfOpenssl) {
  const testing::TempDirectory directory;
  const Certificate& root = pki().root().certificate;
  const std::string file = directory.write("root.pem", root.to_pem());
  const auto printed =
      testing::run_program({"openssl", "x509", "-in", file, "-noout", "-fingerprint", "-sha256"});
  std::string hex;
  for (const char c : printed.output.substr(printed.output.find('=') + 1)) {
    if (c != ':' && c != '\n') hex += c;
  }
  EXPECT_EQ(text::from_hex(hex), ByteView(view(root.sha256())).to_bytes());
  EXPECT_EQ(root.sha1(), sha1(root.der()));
}

TEST(Certificate, PemRoundTripsInOrderBesideOtherBlocks) {
  const std::string text = "a comment\n" + pki().server().key_pem() + pki().server_chain_pem();
  const auto all = Certificate::all_from_pem(text);
  ASSERT_TRUE(all.ok()) << all.error().message();
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].der(), pki().server().certificate.der());
  EXPECT_EQ((*all)[1].der(), pki().intermediate().certificate.der());
  EXPECT_EQ(Certificate::from_pem(text)->der(), pki().server().certificate.der());
}

TEST(Certificate, RefusesTextWithoutOrWithDamagedOnes) {
  std::string damaged = pki().root().certificate.to_pem();
  damaged[damaged.size() / 2] = '!';
  std::string cut = pki().root().certificate.to_pem();
  cut.resize(cut.size() - 30);
  for (const std::string& text : {std::string(), std::string("nonsense"), pki().root().key_pem(),
                                  damaged, cut, pki().root().certificate.to_pem() + damaged}) {
    const auto all = Certificate::all_from_pem(text);
    ASSERT_FALSE(all.ok());
    EXPECT_EQ(all.error().code().name, error_code(CryptoErrc::malformed).name);
  }
}

TEST(Certificate, RefusesDerThatIsNotExactlyOne) {
  Bytes trailing = pki().root().certificate.der();
  trailing.push_back(0);
  Bytes cut = pki().root().certificate.der();
  cut.pop_back();
  for (const Bytes& der :
       {Bytes(), Bytes{0x30, 0x00}, trailing, cut, Bytes(kMaxCertificateSize + 1, 0x30)}) {
    const auto certificate = Certificate::from_der(der);
    ASSERT_FALSE(certificate.ok());
    EXPECT_EQ(certificate.error().code().name, error_code(CryptoErrc::malformed).name);
  }
}

TEST(TestPki, IsGoodToOpenssl) {
  const testing::TempDirectory directory;
  pki().write_to(directory);
  for (const std::string_view leaf : {"server.pem", "client.pem"}) {
    const auto verified = testing::run_program(
        {"openssl", "verify", "-x509_strict", "-CAfile", directory.file("root.pem"), "-untrusted",
         directory.file("intermediate.pem"), directory.file(leaf)});
    EXPECT_EQ(verified.exit_code, 0) << verified.output;
  }
}

}  // namespace
}  // namespace certconnector::crypto
