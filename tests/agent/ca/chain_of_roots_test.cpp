// The order of the certificates that a CA gives.
#include "agent/ca/chain_of_roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_pki.h"

namespace certconnector::ca {
namespace {

using certconnector::testing::CertificateSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ChainOfRoots : public ::testing::Test {
 protected:
  static CertificateSpec ca(const std::string& subject) {
    CertificateSpec spec;
    spec.subject = subject;
    spec.ca = true;
    return spec;
  }
  static std::vector<std::string> subjects(const std::vector<crypto::Certificate>& roots) {
    const auto chain = chain_of_roots(roots);
    if (!chain.ok()) return {chain.error().message()};
    std::vector<std::string> names;
    for (const crypto::Certificate& one : *chain) names.push_back(one.subject_text());
    return names;
  }

  const certconnector::testing::Credential root_pair_ =
      certconnector::testing::make_self_signed(ca("CN=root"));
  const certconnector::testing::Credential policy_pair_ =
      certconnector::testing::issue(root_pair_, ca("CN=policy"));
  const certconnector::testing::Credential issuing_pair_ =
      certconnector::testing::issue(policy_pair_, ca("CN=issuing"));
  const crypto::Certificate root_ = root_pair_.certificate;
  const crypto::Certificate policy_ = policy_pair_.certificate;
  const crypto::Certificate issuing_ = issuing_pair_.certificate;
  const crypto::Certificate leaf_ = certconnector::testing::issue(issuing_pair_, {}).certificate;
  const crypto::Certificate stranger_ =
      certconnector::testing::make_self_signed(ca("CN=stranger")).certificate;
};

TEST_F(ChainOfRoots, TheIssuingCaComesFirstWhateverTheHelpersOrder) {
  const auto chain = ElementsAre("CN=issuing", "CN=policy", "CN=root");
  EXPECT_THAT(subjects({root_, policy_, issuing_}), chain) << "as certmonger says";
  EXPECT_THAT(subjects({root_, stranger_, issuing_, policy_}), chain);
  EXPECT_THAT(subjects({issuing_, policy_, root_}), chain);
  EXPECT_THAT(subjects({policy_, root_, issuing_, issuing_}), chain);
  EXPECT_THAT(subjects({leaf_, issuing_, policy_, root_}), chain);
  EXPECT_THAT(subjects({root_, stranger_}), ElementsAre("CN=root"));
  EXPECT_THAT(subjects({issuing_}), ElementsAre("CN=issuing"));
}

TEST_F(ChainOfRoots, WhatNamesNoIssuingCaOrTwoIsAnError) {
  EXPECT_THAT(subjects({leaf_}), ElementsAre(HasSubstr("there is no CA certificate among them")));
  const auto second = certconnector::testing::issue(root_pair_, ca("CN=second")).certificate;
  EXPECT_THAT(subjects({root_, policy_, second}),
              ElementsAre(HasSubstr("CN=policy and CN=second; put the right one's")));
}

}  // namespace
}  // namespace certconnector::ca
