// The database that a restore puts in place: a backup's with what the newer state knows. Never goes
// a revocation, the use of a challenge or a CRL number back.
#include "agent/store/sqlite/restored_database.h"

#include <filesystem>

#include "agent/store/sqlite/errors.h"
#include "tests/agent/store/sqlite/restore_fixture.h"

namespace certconnector::store {
namespace {

namespace fs = std::filesystem;
using ::testing::SizeIs;

constexpr auto kHold = core::RevocationReason::certificate_hold;
constexpr auto kSuperseded = core::RevocationReason::superseded;

TEST_F(RestoredDatabaseTest, ANewerStateOfTheSamePastStandsAsItIs) {
  {
    OpenStores stores(state());
    issue(stores, "before");
    revoke(stores, "before", kHold);
    back_up(stores);
    revoke(stores, "before", core::RevocationReason::remove_from_crl);
    issue(stores, "after");
    revoke(stores, "after", kSuperseded);
    publish(stores, 7000);
  }
  EXPECT_EQ(restore().newer, NewerState::complete);
  OpenStores stores(state());
  EXPECT_EQ(held(stores), (std::set<std::string>{"before", "after"}));
  EXPECT_EQ(revoked(stores), (std::set<Bytes>{serial("after")}));  // the hold was lifted
  EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 7001U);
  EXPECT_EQ(stores.jobs.list({}).value().size(), 2U);
}

TEST_F(RestoredDatabaseTest, ARestoredFileIsNamedAnew) {
  std::string id;
  {
    OpenStores stores(state());
    id = stores.file().id().value();
    back_up(stores);
  }
  restore();
  EXPECT_NE(OpenStores(state()).file().id().value(), id);
  fs::remove(state());
  restore();
  EXPECT_NE(OpenStores(state()).file().id().value(), id);
}

// The state went on from a first backup; the second one has what that does not know, under the same
// numbers.
class ForkedState : public RestoredDatabaseTest {
 protected:
  ForkedState() {
    {
      OpenStores stores(state());
      issue(stores, "root");
      issue(stores, "open", false);
      back_up(stores);
    }
    fs::rename(file("backup/agent.db"), file("first.db"));
    {
      OpenStores stores(state());
      finish(stores, "open");
      issue(stores, "lost", true, "challenge-lost");
      issue(stores, "waiting", false);
      revoke(stores, "lost", kSuperseded);
      revoke(stores, "root", kSuperseded);
      publish(stores, 5'000'000'000);  // above the seconds since 1970
      add_password(stores, "password");
      EXPECT_TRUE(stores.challenges.revoke({"key:withdrawn", at(3), "a person", at(9000)}).ok());
      back_up(stores);
    }
    fs::rename(file("backup/agent.db"), file("second.db"));
    fs::remove(state());
    fs::rename(file("first.db"), file("backup/agent.db"));
    restore();
    {
      OpenStores stores(state());
      issue(stores, "new", false, "challenge-new");
      const auto claimed = stores.jobs.claim({kCa, 10, kOwner, at(5001), at(5900)});
      EXPECT_THAT(*claimed, SizeIs(2));
      revoke(stores, "root", kHold);
    }
    fs::remove(file("backup/agent.db"));
    fs::rename(file("second.db"), file("backup/agent.db"));
    report_ = restore();
  }

  RestoredDatabase report_;
};

TEST_F(ForkedState, EveryCertificateAndRevocationOfBothStands) {
  EXPECT_EQ(report_.newer, NewerState::sound);
  OpenStores stores(state());
  EXPECT_EQ(held(stores), (std::set<std::string>{"root", "open", "lost"}));
  EXPECT_EQ(revoked(stores), (std::set<Bytes>{serial("lost"), serial("root")}));
  const auto root = stores.certificates.find(kCa, core::CertificateId{serial("root"), {}}).value();
  EXPECT_EQ(root->revocation->reason, kSuperseded);  // more than a hold
  EXPECT_EQ(stores.certificates.count(kCa).value(), 3U);
  EXPECT_NE(stores.certificates.revocation_generation(kCa).value(), 0U);
}

TEST_F(ForkedState, CrlNumbersGoOnAfterTheHigherOne) {
  OpenStores stores(state());
  EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 5'000'000'001U);
}

TEST_F(ForkedState, JobsOfOneNumberStayApart) {
  OpenStores stores(state());
  for (const char* name : {"root", "open", "lost"}) {
    const auto jobs = stores.jobs.find("job-" + std::string(name)).value();
    ASSERT_THAT(jobs, SizeIs(1)) << name;
    ASSERT_TRUE(jobs[0].outcome) << name;
    EXPECT_EQ(std::get<core::Issued>(*jobs[0].outcome).certificate.serial, serial(name));
  }
  EXPECT_THAT(stores.jobs.find("job-new").value(), SizeIs(1));
  EXPECT_THAT(stores.jobs.find("job-waiting").value(), SizeIs(1));
  EXPECT_EQ(stores.enrollments.list({}).value().size(), 5U);
}

// Nobody knows its outcome since the backup.
TEST_F(ForkedState, AnUnfinishedJobOfTheBackupAsksItsCaFirst) {
  OpenStores stores(state());
  const auto claimed = stores.jobs.claim({kCa, 10, "life-2", at(6000), at(6100)}).value();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].job.key.id, "job-waiting");
  EXPECT_TRUE(claimed[0].interrupted);
}

TEST_F(ForkedState, ChallengesOfBothStayUsedAndWithdrawn) {
  OpenStores stores(state());
  EXPECT_TRUE(is_used(stores, "challenge-lost"));
  EXPECT_TRUE(is_used(stores, "challenge-new"));
  EXPECT_TRUE(stores.challenges.is_revoked("key:withdrawn").value());
  EXPECT_FALSE(is_withdrawn(stores, "password"));
}

TEST_F(ForkedState, TheSameRestoreAgainChangesNothing) {
  const RestoredDatabase again = restore();
  EXPECT_EQ(again.newer, NewerState::sound);
  for (const SalvageCount& count : again.from_backup) EXPECT_EQ(count.copied, 0U) << count.kind;
  OpenStores stores(state());
  EXPECT_EQ(held(stores), (std::set<std::string>{"root", "open", "lost"}));
}

// Each table of the newer state is damaged in turn; the backup has all of it.
TEST_F(RestoredDatabaseTest, WhatADamagedStateHasLostComesFromTheBackup) {
  folder_.write("backup/agent.db", busy_image());
  for (const std::string& name : names_in(busy_image())) {
    if (!is_table(busy_image(), name)) continue;
    SCOPED_TRACE(name);
    fs::remove(state());
    folder_.write("state/agent.db",
                  without_pages(busy_image(), pages_of(busy_image(), name, Pages::all)));
    const RestoredDatabase restored = restore();
    if (restored.newer == NewerState::complete) continue;  // nothing needed those pages
    EXPECT_EQ(restored.newer, NewerState::damaged);
    OpenStores stores(state());
    EXPECT_EQ(stores.certificates.count(kCa).value(), std::uint64_t{kIssued});
    EXPECT_THAT(revoked(stores), SizeIs(kRevoked));
    EXPECT_GT(stores.certificates.take_crl_number(kCa, 1).value(), 1000U);
    core::JobFilter all;
    all.limit = 1000;
    EXPECT_THAT(stores.jobs.list(all).value(), SizeIs(kIssued + kWaiting));
    EXPECT_THAT(stores.challenges.list(std::nullopt, at(5000)).value(), SizeIs(kPasswords));
    EXPECT_TRUE(stores.challenges.is_revoked("key:withdrawn-7").value());
    EXPECT_TRUE(is_used(stores, "challenge-7"));
  }
}

// A password that the damaged state has lost may have been used there.
TEST_F(RestoredDatabaseTest, APasswordThatOnlyTheBackupHasIsWithdrawnBesideDamage) {
  {
    OpenStores stores(state());
    add_password(stores, "password");
    back_up(stores);
  }
  folder_.write("state/agent.db",
                without_pages(busy_image(), pages_of(busy_image(), "event", Pages::all)));
  EXPECT_EQ(restore().newer, NewerState::damaged);
  OpenStores stores(state());
  EXPECT_TRUE(is_withdrawn(stores, "password"));
  EXPECT_FALSE(is_withdrawn(stores, "password-7"));
}

TEST_F(RestoredDatabaseTest, WithoutANewerStateTheBackupGoesOnCarefully) {
  {
    OpenStores stores(state());
    issue(stores, "kept");
    issue(stores, "waiting", false);
    add_password(stores, "password");
    publish(stores, 9000);
    back_up(stores);
  }
  fs::remove(state());
  sources_.cas[0].crl.number = 9100;
  sources_.cas[0].crl.revoked = {{serial("kept"), {at(7), kSuperseded, {}}},
                                 {serial("unknown"), {at(8), kSuperseded, {}}}};
  const RestoredDatabase restored = restore();
  EXPECT_EQ(restored.newer, NewerState::none);
  EXPECT_EQ(restored.lost.published_revocations, 2U);
  EXPECT_EQ(restored.lost.withdrawn_challenges, 1U);
  EXPECT_EQ(restored.lost.unfinished_jobs, 1U);
  OpenStores stores(state());
  EXPECT_EQ(revoked(stores), (std::set<Bytes>{serial("kept"), serial("unknown")}));
  EXPECT_TRUE(is_withdrawn(stores, "password"));
  // Above the seconds since 1970 of a clock that was a day ahead.
  EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(),
            static_cast<std::uint64_t>(to_millis(at(5000)) / 1000) + 86400 + 1);
  const auto claimed = stores.jobs.claim({kCa, 10, "life-2", at(6000), at(6100)}).value();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_TRUE(claimed[0].interrupted);
}

// The clock was ahead, or another program numbered the CRLs before.
TEST_F(RestoredDatabaseTest, HighCrlNumbersGoOnAboveOneForEachSecondSinceTheBackup) {
  {
    OpenStores stores(state());
    publish(stores, 5'000'000'000);
    back_up(stores);
  }
  fs::remove(state());
  restore();
  OpenStores stores(state());
  EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 5'000'000'000U + 4900 + 86400 + 1);
}

TEST_F(RestoredDatabaseTest, AStateOfWhichNothingCanBeReadIsGone) {
  {
    OpenStores stores(state());
    issue(stores, "kept");
    back_up(stores);
  }
  for (const std::string& contents : {std::string(40960, 'x'), std::string()}) {
    folder_.write("state/agent.db", contents);
    EXPECT_EQ(restore().newer, NewerState::unreadable);
    EXPECT_EQ(held(*std::make_unique<OpenStores>(state())), (std::set<std::string>{"kept"}));
  }
}

// Also where nothing of it would be needed.
TEST_F(RestoredDatabaseTest, ADamagedBackupIsRefused) {
  folder_.write("state/agent.db", busy_image());
  folder_.write("backup/agent.db",
                without_pages(busy_image(), pages_of(busy_image(), "job", Pages::leaves)));
  const std::string before = folder_.read("state/agent.db");
  const auto restored = make_restored(sources_);
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().kind(), ErrorKind::corrupt);
  EXPECT_EQ(folder_.read("state/agent.db"), before);
}

}  // namespace
}  // namespace certconnector::store
