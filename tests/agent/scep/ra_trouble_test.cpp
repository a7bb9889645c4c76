// The troubles that keep a service from its RA certificate, and the way out.
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

#include "agent/core/failure_codes.h"
#include "agent/platform/files.h"
#include "tests/agent/scep/ra_keeper_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::scep {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

core::Finish refused_by_ca() {
  return {core::failed(core::failure::kUnknownTemplate, "there is no template scep-ra")};
}

class RaTroubleTest : public RaKeeperFixture {};

TEST_F(RaTroubleTest, WithoutItsCaItWaits) {
  EXPECT_EQ(keeper_->step(std::nullopt), kLongestWait);
  EXPECT_EQ(keeper_->problem(),
            "the agent does not serve the CA of the service; `certconnector ca list` says why");
  EXPECT_THAT(jobs(), SizeIs(0));
  EXPECT_EQ(step(), kSoon);
  EXPECT_EQ(keeper_->problem(), "") << "now it is asked";
}

TEST_F(RaTroubleTest, AJobThatWaitsForApprovalIsNamed) {
  static_cast<void>(step());
  EXPECT_EQ(settle(ca_, core::WaitForApproval{"look at it"}), 1U);
  EXPECT_EQ(step(), kAfterFailure);
  const core::JobRecord job = jobs().front();
  EXPECT_EQ(
      keeper_->problem(),
      "its RA certificate waits for approval; run: certconnector jobs approve " + job.job.key.id);
  ASSERT_TRUE(store_.approve(job.ticket, clock_.now(), "somebody").ok());
  EXPECT_EQ(step(), kSoon);
  EXPECT_EQ(keeper_->problem(), "");
  issue(ca_);
  EXPECT_EQ(step(), Duration(0));
}

TEST_F(RaTroubleTest, AHeldJobIsNamed) {
  static_cast<void>(step());
  EXPECT_EQ(settle(ca_, core::Hold{"The CA may have taken it."}), 1U);
  EXPECT_EQ(step(), kAfterFailure);
  EXPECT_THAT(keeper_->problem(),
              HasSubstr("certconnector jobs explain " + jobs().front().job.key.id));
}

TEST_F(RaTroubleTest, AFailedJobIsNamedAndTriedAgainLater) {
  static_cast<void>(step());
  settle(ca_, refused_by_ca());
  ASSERT_EQ(jobs().front().state, core::JobState::reported)
      << "the job is not reported: final at once";
  EXPECT_EQ(step(), kAfterFailure);
  const std::string id = jobs().front().job.key.id;
  EXPECT_EQ(keeper_->problem(),
            "the CA does not issue its RA certificate: there is no template scep-ra; run: "
            "certconnector jobs explain " +
                id);
  EXPECT_EQ(settle(ca_, refused_by_ca()), 0U) << "not yet";
  clock_.advance(kAfterFailure);
  static_cast<void>(step());
  EXPECT_THAT(work_.announced, SizeIs(2));
  EXPECT_EQ(issue(ca_), 1U);
  EXPECT_EQ(step(), Duration(0));
  EXPECT_EQ(keeper_->problem(), "");
  EXPECT_THAT(jobs(), SizeIs(1)) << "the same job";
}

TEST_F(RaTroubleTest, AFailedSuccessorLeavesTheOldOneServing) {
  obtain();
  clock_.advance(kLife * 2 / 3);
  static_cast<void>(step());
  settle(ca_, refused_by_ca());
  EXPECT_EQ(step(), kAfterFailure);
  EXPECT_THAT(keeper_->problem(), HasSubstr("there is no template"));
  EXPECT_THAT(sets(), SizeIs(1));
}

TEST_F(RaTroubleTest, ACanceledJobIsFollowedByAnother) {
  static_cast<void>(step());
  ASSERT_TRUE(store_.cancel(jobs().front().ticket, clock_.now(), "somebody").ok());
  EXPECT_EQ(step(), kAfterFailure);
  EXPECT_THAT(keeper_->problem(), HasSubstr("Canceled by somebody"));
  clock_.advance(kAfterFailure);
  EXPECT_EQ(step(), kSoon);
  EXPECT_EQ(step(), kSoon);
  EXPECT_EQ(keeper_->problem(), "");
  const auto asked = jobs();
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_NE(asked[0].job.key.digest, asked[1].job.key.digest);
  obtain();
  EXPECT_THAT(sets(), SizeIs(1));
}

TEST_F(RaTroubleTest, ACertificateThatTheCaDidNotSignIsNotTaken) {
  ServedCa impostor;
  impostor.fingerprint = ca_.fingerprint;
  static_cast<void>(step());
  issue(impostor);
  EXPECT_EQ(step(), kAfterFailure);
  EXPECT_THAT(keeper_->problem(), HasSubstr("is not signed by the CA CN=CA"));
  EXPECT_FALSE(there("1/ra.certificate.pem"));
}

TEST_F(RaTroubleTest, AFullDiskIsNamedAndTriedAgainLater) {
  store_.fail_writes(testing::FakeJobStore::disk_full());
  EXPECT_EQ(step(), kAfterFailure);
  EXPECT_EQ(keeper_->problem(), "the disk is full");
  ASSERT_EQ(logger_.count("scep.no_ra"), 1U);
  EXPECT_EQ(logger_.records("scep.no_ra").front().field("service"), "phones");
  store_.fail_writes({});
  EXPECT_EQ(step(), kSoon);
  EXPECT_EQ(keeper_->problem(), "");
}

TEST_F(RaTroubleTest, DamagedFilesAreNamedAndReplacedByAnotherSet) {
  obtain();
  const std::string certificate = folder_.file("phones/1/ra.certificate.pem");
  const std::string key = folder_.file("phones/1/ra.key.pem");
  const std::string good_certificate = testing::read_file(certificate);
  const std::string good_key = testing::read_file(key);
  struct Row {
    const char* name;
    std::function<void()> damage;
    std::string file;
  };
  const Row rows[] = {
      {"an empty certificate", [&] { folder_.write("phones/1/ra.certificate.pem", ""); },
       certificate},
      {"no certificate",
       [&] { folder_.write("phones/1/ra.certificate.pem", good_key.substr(0, 20)); }, certificate},
      {"of another key",
       [&] { folder_.write("phones/1/ra.certificate.pem", ca_.credential.certificate.to_pem()); },
       certificate},
      {"a certificate that others may write",
       [&] { certconnector::testing::let_others_write(certificate); }, certificate},
      {"no key", [&] { folder_.write("phones/1/ra.key.pem", "x"); }, key},
      {"a key that is gone", [&] { fs::remove(key); }, key},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    row.damage();
    restart();
    EXPECT_THAT(sets(), SizeIs(0));
    EXPECT_THAT(logger_.records("scep.ra_damaged").back().message, HasSubstr(row.file));
    obtain();
    EXPECT_THAT(sets(), SizeIs(1)) << "another key";
    EXPECT_TRUE(there("2/ra.certificate.pem"));
    EXPECT_THAT(keeper_->problem(), AllOf(HasSubstr(row.file), HasSubstr("certconnector reload")));
    fs::remove_all(folder_.file("phones/2"));
    using platform::FileMode;
    ASSERT_TRUE(
        platform::write_file_atomically(certificate, good_certificate, FileMode::world_readable)
            .ok());
    ASSERT_TRUE(platform::write_file_atomically(key, good_key, FileMode::secret).ok());
  }
  restart();
  EXPECT_THAT(sets(), SizeIs(1));
  EXPECT_EQ(keeper_->problem(), "") << "put back";
}

TEST_F(RaTroubleTest, ADamagedSetLeavesTheOthersInUse) {
  obtain();
  clock_.advance(kLife * 2 / 3);
  obtain();
  ASSERT_THAT(sets(), SizeIs(2));
  folder_.write("phones/1/ra.key.pem", "x");
  restart();
  EXPECT_THAT(sets(), SizeIs(1)) << "the newest";
  EXPECT_EQ(step(), kLongestWait);
  EXPECT_THAT(keeper_->problem(), HasSubstr(folder_.file("phones/1")));
}

TEST_F(RaTroubleTest, AFolderThatCannotBeReadIsNamedAndNothingIsMade) {
  obtain();
  fs::rename(folder_.file("phones"), folder_.file("away"));
  folder_.write("phones", "no folder");
  restart();
  EXPECT_EQ(step(), kAfterFailure);
  EXPECT_THAT(keeper_->problem(), HasSubstr(folder_.file("phones") + " is a file, not a folder"));
  EXPECT_THAT(logger_.records("scep.ra_unreadable"), ::testing::Not(::testing::IsEmpty()));
  fs::remove(folder_.file("phones"));
  fs::rename(folder_.file("away"), folder_.file("phones"));
  EXPECT_EQ(step(), kLongestWait) << "the set is there again";
  EXPECT_EQ(keeper_->problem(), "");
  EXPECT_THAT(sets(), SizeIs(1));
}

TEST_F(RaTroubleTest, ADamagedKeyOfASetThatWasBegunIsLeftAlone) {
  static_cast<void>(step());
  ASSERT_TRUE(there("1/ra.key.pem"));
  settle(ca_, refused_by_ca());
  folder_.write("phones/1/ra.key.pem", "");
  restart();
  obtain();
  EXPECT_TRUE(there("2/ra.certificate.pem"));
}

}  // namespace
}  // namespace certconnector::scep
