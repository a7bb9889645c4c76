// A salvage of a whole file that is older than what a CA has done with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/store/sqlite/salvage_fixture.h"

namespace certconnector::store {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class OlderCopyTest : public SalvageTest {
 protected:
  void expect_loss(const SalvageCa& ca) {
    options_.cas = {ca};
    const auto report = salvage_image(busy_image());
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->complete());
    EXPECT_THAT(report->notes, Contains(HasSubstr("later state")));
    OpenStores stores(file("agent.db"));
    EXPECT_GT(stores.certificates.take_crl_number(kCa, 1).value(), 2000U + 86400U);
    EXPECT_TRUE(stores.certificates.may_have_issued_more(kCa).value());
    const auto passwords = stores.challenges.list({}, at(8)).value();
    ASSERT_FALSE(passwords.empty());
    for (const auto& password : passwords)
      EXPECT_TRUE(password.revoked_at) << password.challenge.id;
  }
};

TEST_F(OlderCopyTest, ANewerCrlBringsItsRevocations) {
  expect_loss({kCa, {}, {2000, {{Bytes(16, 1), {at(5), {}, {}}}}}});
  OpenStores stores(file("agent.db"));
  EXPECT_THAT(revoked(stores), SizeIs(kRevoked + 1));
}

TEST_F(OlderCopyTest, TheCaKnowsALaterStateOrAnotherDatabase) {
  expect_loss({kCa, {}, {}, core::StoreMark{std::string(32, 'a'), 1}});
  OpenStores stores(file("agent.db"));
  EXPECT_THAT(revoked(stores), SizeIs(kRevoked)) << "there is no CRL to take more from";
}

}  // namespace
}  // namespace certconnector::store
