#include "common/crypto/certificate_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_pki.h"

namespace certconnector::crypto {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::issue_for_key;
using ::testing::HasSubstr;

CertificateSpec named(const std::string& subject, bool ca) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.ca = ca;
  return spec;
}

std::vector<Bytes> ders(const std::vector<Certificate>& certificates) {
  std::vector<Bytes> all;
  for (const Certificate& one : certificates) all.push_back(one.der());
  return all;
}

class CertificateChain : public ::testing::Test {
 protected:
  Credential root_ = make_self_signed(named("CN=Root", true));
  Credential sub_ = issue(root_, named("CN=Sub", true));
  Credential leaf_ = issue(sub_, named("CN=leaf", false));
};

TEST_F(CertificateChain, IsInOrderWhateverOrderTheFileHas) {
  const Certificate stranger = make_self_signed(named("CN=Stranger", true)).certificate;
  const auto ordered = order_by_key({root_.certificate, stranger, leaf_.certificate,
                                     leaf_.certificate, sub_.certificate, root_.certificate},
                                    leaf_.key);
  ASSERT_TRUE(ordered.ok()) << ordered.error().message();
  EXPECT_EQ(ders(ordered->chain), ders({leaf_.certificate, sub_.certificate, root_.certificate}));
  EXPECT_EQ(ders(ordered->others), ders({stranger})) << "no copies";
}

TEST_F(CertificateChain, OfTwoIssuersOfANameTakesTheOneThatSigned) {
  const Certificate same_name = issue(root_, named("CN=Sub", true)).certificate;
  const auto ordered = order_from(leaf_.certificate, {same_name, sub_.certificate});
  EXPECT_EQ(ders(ordered.chain), ders({leaf_.certificate, sub_.certificate}));
  EXPECT_EQ(ders(ordered.others), ders({same_name}));
}

TEST_F(CertificateChain, EndsWithARootThatWasRenewed) {
  const Certificate renewed = issue_for_key(root_, named("CN=Root", true), root_.key);
  const auto ordered = order_from(sub_.certificate, {root_.certificate, renewed});
  EXPECT_EQ(ders(ordered.chain), ders({sub_.certificate, root_.certificate}));
  EXPECT_EQ(ders(ordered.others), ders({renewed}));
}

TEST_F(CertificateChain, NamesTheCertificatesOfOtherKeys) {
  const auto ordered = order_by_key({root_.certificate, sub_.certificate}, leaf_.key);
  ASSERT_FALSE(ordered.ok());
  EXPECT_THAT(ordered.error().message(), HasSubstr("(CN=Root; CN=Sub)"));
}

}  // namespace
}  // namespace certconnector::crypto
