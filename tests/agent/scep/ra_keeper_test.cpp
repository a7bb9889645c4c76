// An RA's life without trouble. With trouble: ra_trouble_test.cpp.
#include "agent/scep/ra_keeper.h"

#include <gmock/gmock.h>

#include "common/crypto/pkcs10.h"
#include "tests/agent/scep/ra_keeper_fixture.h"

namespace certconnector::scep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

class RaKeeperTest : public RaKeeperFixture {};

TEST_F(RaKeeperTest, GetsItsFirstCertificateByAJobOfTheAgent) {
  EXPECT_THAT(changes_, ElementsAre(SizeIs(0)));
  EXPECT_EQ(step(), kSoon);
  EXPECT_THAT(work_.announced, ElementsAre(Pair(ca_.fingerprint, 1)));
  EXPECT_EQ(keeper_->problem(), "");
  EXPECT_EQ(step(), kSoon) << "it waits";
  const auto asked = jobs();
  ASSERT_THAT(asked, SizeIs(1));
  const core::Job& job = asked[0].job;
  EXPECT_EQ(job.key.source, core::JobSource::local);
  EXPECT_THAT(job.key.id, HasSubstr("ra-phones-1-ra-"));
  EXPECT_EQ(job.ca, ca_.fingerprint);
  const auto& request = std::get<core::IssueRequest>(job.request);
  EXPECT_EQ(request.template_name, "scep-ra");
  const auto pkcs10 = crypto::Pkcs10::parse(request.pkcs10);
  ASSERT_TRUE(pkcs10.ok());
  EXPECT_EQ(pkcs10->key_bits(), 2048);
  EXPECT_EQ(crypto::to_rfc4514(crypto::parse_name(pkcs10->subject()).value()),
            "CN=phones RA,O=Test");
  EXPECT_EQ(*pkcs10->key_usage(), crypto::kDigitalSignature | crypto::kKeyEncipherment);
}

TEST_F(RaKeeperTest, TakesItOverWhenTheJobIsSettled) {
  static_cast<void>(step());
  EXPECT_EQ(issue(ca_), 1U);
  EXPECT_EQ(step(), Duration(0));
  ASSERT_THAT(sets(), SizeIs(1));
  EXPECT_TRUE(sets()[0].is_one());
  EXPECT_EQ(sets()[0].not_after(), clock_.wall() + kLife);
  EXPECT_TRUE(there("1/ra.key.pem"));
  EXPECT_TRUE(there("1/ra.certificate.pem"));
  EXPECT_EQ(logger_.count("scep.ra"), 1U);
  EXPECT_EQ(step(), kLongestWait);
  EXPECT_THAT(changes_, SizeIs(2)) << "nothing has changed";
}

TEST_F(RaKeeperTest, GoesOnWithItAfterARestart) {
  static_cast<void>(step());
  const std::string asked = jobs().front().job.key.id;
  restart();
  EXPECT_EQ(step(), kSoon);
  EXPECT_THAT(jobs(), SizeIs(1)) << "the same key and the same job";
  issue(ca_);
  restart();
  EXPECT_EQ(step(), Duration(0));
  const Bytes certificate = sets().at(0).signing->certificate().der();
  restart();
  EXPECT_EQ(sets().at(0).signing->certificate().der(), certificate) << "from disk";
  EXPECT_EQ(step(), kLongestWait);
  EXPECT_EQ(jobs().back().job.key.id, asked);
}

TEST_F(RaKeeperTest, GetsTheNextOneAfterTwoThirdsOfItsLife) {
  obtain();
  clock_.advance(kLife * 2 / 3 - std::chrono::minutes(2));
  EXPECT_EQ(step(), Duration(std::chrono::minutes(2)));
  clock_.advance(std::chrono::minutes(2) - std::chrono::seconds(1));
  EXPECT_EQ(step(), kSoon) << "not sooner than it looks anyway";
  EXPECT_THAT(jobs(), SizeIs(1));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(step(), kSoon);
  EXPECT_THAT(jobs(), SizeIs(2));
  EXPECT_THAT(sets(), SizeIs(1)) << "the old one serves on";
  EXPECT_EQ(keeper_->problem(), "");
  issue(ca_);
  EXPECT_EQ(step(), Duration(0));
  ASSERT_THAT(sets(), SizeIs(2));
  EXPECT_EQ(sets()[0].not_after(), clock_.wall() + kLife) << "newest first";
  EXPECT_NE(sets()[0].signing->certificate().public_key_info(),
            sets()[1].signing->certificate().public_key_info());
}

// Each would end with the CA, and so be due at once.
TEST_F(RaKeeperTest, GetsNoneThatWouldEndNoLater) {
  const Duration left = std::chrono::minutes(30);
  const ServedCa ending("CN=CA,O=Test", clock_.wall() + left);
  backdate_ = std::chrono::minutes(5);
  obtain_from(ending);
  EXPECT_EQ(step_with(ending), left);
  clock_.advance(left - std::chrono::seconds(1));
  EXPECT_EQ(step_with(ending), kSoon);
  restart();
  EXPECT_EQ(step_with(ending), kSoon);
  EXPECT_THAT(jobs(), SizeIs(1));
  clock_.advance(std::chrono::seconds(1));
  static_cast<void>(step_with(ending));
  EXPECT_THAT(jobs(), SizeIs(2)) << "without one the service cannot work, and says why";
}

TEST_F(RaKeeperTest, AShortLifeBeginsWhenItIsObtained) {
  life_ = std::chrono::minutes(2);
  backdate_ = std::chrono::minutes(5);
  obtain();
  EXPECT_EQ(step(), life_ * 2 / 3) << "two thirds of its dates are over already";
  EXPECT_THAT(jobs(), SizeIs(1));
  clock_.advance(life_ * 2 / 3);
  obtain();
  EXPECT_THAT(jobs(), SizeIs(2));
}

TEST_F(RaKeeperTest, KeepsTheOldOneUntilItExpires) {
  obtain();
  clock_.advance(kLife * 2 / 3);
  obtain();
  clock_.advance(kLife / 3 - std::chrono::seconds(1));
  static_cast<void>(step());
  EXPECT_THAT(sets(), SizeIs(2));
  EXPECT_TRUE(there("1"));
  clock_.advance(std::chrono::seconds(1));
  static_cast<void>(step());
  EXPECT_THAT(sets(), SizeIs(1));
  EXPECT_FALSE(there("1"));
  restart();
  EXPECT_THAT(sets(), SizeIs(1));
  EXPECT_EQ(sets()[0].not_after(), clock_.wall() + kLife * 2 / 3);
}

TEST_F(RaKeeperTest, KeepsTheOnlyOneBeyondItsEnd) {
  obtain();
  clock_.advance(kLife * 2);
  EXPECT_EQ(step(), kSoon);
  EXPECT_THAT(sets(), SizeIs(1));
  EXPECT_TRUE(there("1"));
  issue(ca_);
  static_cast<void>(step());
  static_cast<void>(step());
  EXPECT_THAT(sets(), SizeIs(1)) << "there is another";
  EXPECT_FALSE(there("1"));
}

TEST_F(RaKeeperTest, GetsAPairWhereUsesAreSeparate) {
  settings_.separate = true;
  restart();
  obtain();
  ASSERT_THAT(sets(), SizeIs(1));
  EXPECT_FALSE(sets()[0].is_one());
  const auto asked = jobs();
  ASSERT_THAT(asked, SizeIs(2));
  const std::uint16_t usages[] = {crypto::kDigitalSignature, crypto::kKeyEncipherment};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& request = std::get<core::IssueRequest>(asked[i].job.request);
    EXPECT_EQ(*crypto::Pkcs10::parse(request.pkcs10)->key_usage(), usages[i]);
  }
  EXPECT_TRUE(there("1/signing.certificate.pem"));
  EXPECT_TRUE(there("1/encryption.certificate.pem"));
  restart();
  EXPECT_THAT(sets(), SizeIs(1));
  EXPECT_EQ(step(), kLongestWait);
}

TEST_F(RaKeeperTest, HalfAPairCountsForNothing) {
  settings_.separate = true;
  restart();
  static_cast<void>(step());
  issue(ca_);
  EXPECT_EQ(step(), kSoon) << "the second one is asked for";
  EXPECT_TRUE(there("1/signing.certificate.pem"));
  restart();
  EXPECT_THAT(sets(), SizeIs(0));
}

TEST_F(RaKeeperTest, GetsAnotherSetWhenTheSettingChanges) {
  obtain();
  for (const bool separate : {true, false}) {
    settings_.separate = separate;
    restart();
    obtain();
    EXPECT_EQ(sets().at(0).is_one(), !separate);
    EXPECT_EQ(step(), kLongestWait);
  }
  EXPECT_THAT(sets(), SizeIs(3));
}

TEST_F(RaKeeperTest, GetsAnotherOneFromAnotherCa) {
  const ServedCa other("CN=Other CA");
  const ServedCa same_name;
  obtain();
  for (const ServedCa* ca : {&other, &same_name}) {
    EXPECT_EQ(step_with(*ca), kSoon);
    EXPECT_EQ(jobs().back().job.ca, ca->fingerprint);
    obtain_from(*ca);
    EXPECT_TRUE(sets().at(0).is_of(ca->credential.certificate));
    EXPECT_EQ(step_with(*ca), kLongestWait);
  }
  EXPECT_THAT(sets(), SizeIs(3)) << "devices may still have the old ones";
  restart();
  EXPECT_EQ(step_with(same_name), kLongestWait);
}

TEST_F(RaKeeperTest, APairThatTwoCasMadeIsReplaced) {
  const ServedCa other;
  settings_.separate = true;
  restart();
  static_cast<void>(step());
  issue(ca_);
  static_cast<void>(step());
  obtain_from(other);
  EXPECT_FALSE(sets().at(0).is_of(other.credential.certificate));
  obtain_from(other);
  EXPECT_TRUE(sets().at(0).is_of(other.credential.certificate));
}

}  // namespace
}  // namespace certconnector::scep
