#include "agent/app/published_crl.h"

#include <gtest/gtest.h>

#include "agent/ca/local/crl_builder.h"
#include "common/crypto/signature_algorithm.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_pki.h"

namespace certconnector::app {
namespace {

using certconnector::testing::make_self_signed;
using core::RevocationReason;

certconnector::testing::Credential make_ca() {
  certconnector::testing::CertificateSpec spec;
  spec.subject = "CN=Own CA";
  spec.ca = true;
  return make_self_signed(spec);
}

class PublishedCrlTest : public ::testing::Test {
 protected:
  // As the CA publishes it.
  [[nodiscard]] Bytes crl_of(const std::vector<core::RevokedSerial>& revoked) {
    const std::string path = folder_.file("ca.crl");
    auto builder = ca::CrlBuilder::beside(path).value();
    Bytes entry;
    for (const core::RevokedSerial& one : revoked) {
      ca::encode_crl_entry(one, at_, entry);
      builder.add(entry);
    }
    const Bytes algorithm = crypto::encode_signature_algorithm(
        crypto::KeyKind::ec, crypto::hash_for_key(crypto::KeyKind::ec, 256));
    auto signer = crypto::Signer::create(ca_.key);
    ca::CrlFields fields;
    fields.issuer = ca_.certificate.subject();
    fields.signature_algorithm = algorithm;
    fields.authority_key_id = ca_.certificate.subject_key_id();
    fields.number = 4711;
    fields.this_update = at_;
    fields.next_update = at_ + std::chrono::hours(1);
    auto file = platform::NextVersion::beside(path).value();
    EXPECT_TRUE(builder.write(fields, *signer, file).ok());
    EXPECT_TRUE(file.take_place_of(path, platform::FileMode::world_readable).ok());
    const std::string der = folder_.read("ca.crl");
    return {der.begin(), der.end()};
  }

  certconnector::testing::TempDirectory folder_;
  certconnector::testing::Credential ca_ = make_ca();
  Timestamp at_ = from_millis(1'790'000'000'000);
};

TEST_F(PublishedCrlTest, HasItsNumberAndEveryRevocation) {
  const Bytes der =
      crl_of({{{0x7F, 1}, {at_, RevocationReason::key_compromise, at_ - std::chrono::hours(5)}},
              {{0x80, 2}, {at_, RevocationReason::unspecified, {}}}});
  const auto crl = read_published_crl(der, ca_.certificate);
  ASSERT_TRUE(crl);
  EXPECT_EQ(crl->number, 4711U);
  ASSERT_EQ(crl->revoked.size(), 2U);
  EXPECT_EQ(crl->revoked[0].serial, (Bytes{0x7F, 1}));
  EXPECT_EQ(crl->revoked[0].revocation.at, at_);
  EXPECT_EQ(crl->revoked[0].revocation.reason, RevocationReason::key_compromise);
  EXPECT_EQ(crl->revoked[0].revocation.invalidity_date, at_ - std::chrono::hours(5));
  EXPECT_EQ(crl->revoked[1].serial, (Bytes{0x80, 2})) << "as certificates have it";
  EXPECT_EQ(crl->revoked[1].revocation.reason, RevocationReason::unspecified);
  EXPECT_FALSE(crl->revoked[1].revocation.invalidity_date);
}

TEST_F(PublishedCrlTest, MayBeEmpty) {
  const auto crl = read_published_crl(crl_of({}), ca_.certificate);
  ASSERT_TRUE(crl);
  EXPECT_TRUE(crl->revoked.empty());
}

TEST_F(PublishedCrlTest, OnlyOneThatTheCaSignedCounts) {
  const Bytes der = crl_of({{{1}, {at_, RevocationReason::superseded, {}}}});
  const auto other = make_ca();
  EXPECT_FALSE(read_published_crl(der, other.certificate));
  for (std::size_t i = 0; i < der.size(); ++i) {
    Bytes bent = der;
    bent[i] ^= 1U;
    EXPECT_FALSE(read_published_crl(bent, ca_.certificate)) << i;
    EXPECT_FALSE(
        read_published_crl(Bytes(der.begin(), der.begin() + static_cast<int>(i)), ca_.certificate));
  }
}

}  // namespace
}  // namespace certconnector::app
