// Backups and states of release 0.1.0 in a restore.
#include "agent/store/sqlite/first_release.h"
#include "agent/store/sqlite/restored_database.h"
#include "tests/agent/store/sqlite/first_release_files.h"
#include "tests/agent/store/sqlite/restore_fixture.h"

namespace certconnector::store {
namespace {

using ::testing::SizeIs;

class BackupOfFirstRelease : public RestoredDatabaseTest {
 protected:
  BackupOfFirstRelease() {
    sources_.of_first_release = true;
    sources_.made_at.reset();
    FirstReleaseFiles files(file("backup"));
    core::Issued ours = issued("ours");
    ours.certificate.serial = serial("ours");
    const core::CertificateLabel label = files.add_job("ours", ours);
    files.add_job("waiting", std::nullopt);
    files.add_certificate({label.key, label.template_name, ours.certificate}, true);
  }
};

TEST_F(BackupOfFirstRelease, ComesBackOnAnEmptyMachine) {
  EXPECT_EQ(restore().newer, NewerState::none);
  OpenStores stores(state());
  EXPECT_EQ(held(stores), (std::set<std::string>{"ours"}));
  EXPECT_THAT(revoked(stores), SizeIs(1));
  EXPECT_THAT(stores.jobs.list({}).value(), SizeIs(2));
  EXPECT_GT(stores.certificates.take_crl_number(kCa, 1).value(), 41U);
}

TEST_F(BackupOfFirstRelease, IsMergedIntoANewerState) {
  {
    OpenStores stores(state());
    issue(stores, "new");
    revoke(stores, "new", core::RevocationReason::superseded);
  }
  EXPECT_EQ(restore().newer, NewerState::sound);
  OpenStores stores(state());
  EXPECT_EQ(held(stores), (std::set<std::string>{"new", "ours"}));
  EXPECT_EQ(revoked(stores), (std::set<Bytes>{serial("new"), serial("ours")}));
}

// 0.1.0 never works on with files that a restore has merged.
TEST_F(BackupOfFirstRelease, IsMergedIntoAStateOfFirstRelease) {
  {
    FirstReleaseFiles files(file("state"));
    core::Issued other = issued("new");
    other.certificate.serial = serial("new");
    const core::CertificateLabel label = files.add_job("new", other);
    files.add_certificate({label.key, label.template_name, other.certificate});
  }
  EXPECT_EQ(restore().newer, NewerState::sound);
  EXPECT_EQ(FirstRelease(file("state")).state().value(), FirstReleaseState::retired);
  OpenStores stores(state());
  EXPECT_EQ(held(stores), (std::set<std::string>{"new", "ours"}));
}

}  // namespace
}  // namespace certconnector::store
