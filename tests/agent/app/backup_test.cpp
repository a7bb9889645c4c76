#include "agent/app/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "agent/app/backup_files.h"
#include "agent/app/errors.h"
#include "agent/app/restore_backup.h"
#include "agent/platform/files.h"
#include "agent/store/sqlite/sqlite_certificate_store.h"
#include "agent/store/sqlite/sqlite_job_store.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

namespace fs = std::filesystem;
using certconnector::testing::Openness;
using certconnector::testing::openness_of;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Result<RestoreReport> restore_from(const std::string& folder, const config::Settings& settings,
                                   bool force) {
  RestoreWishes wishes;
  wishes.folder = folder;
  wishes.force = force;
  wishes.now = SystemClock().wall();
  return restore_backup(wishes, settings);
}

class BackupTest : public ::testing::Test {
 protected:
  // A site with a CA and one certificate, and its backup, made while the agent ran.
  BackupTest() {
    RunningAgent agent(site_);
    agent.enroll();
    ca_ = agent.create_ca();
    site_.endpoint.queue(issue_job("one", ca_));
    EXPECT_THAT(site_.endpoint.wait_for_reports(1), SizeIs(1));
    const Status saved = agent.backups().backup(backup());
    EXPECT_TRUE(saved.ok()) << saved.error().message();
    again_ = agent.backups().backup(backup());
  }

  [[nodiscard]] std::string backup() const { return folder_.file("backup"); }

  Site site_;
  certconnector::testing::TempDirectory folder_;
  core::CaFingerprint ca_;
  Status again_;
};

TEST_F(BackupTest, ComesBackOnAnotherMachine) {
  Site other;
  const auto restored = restore_from(backup(), other.settings(), false);
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  EXPECT_THAT(restored->restored, Contains(other.folder.file("ca/default/key.pem")));
  EXPECT_EQ(openness_of(other.folder.file("ca/default/key.pem")), Openness::owner_alone);
  RunningAgent agent(other);
  const control::StatusView status = agent.status();
  EXPECT_EQ(status.cas[0].description.fingerprint, ca_);
  EXPECT_EQ(status.cas[0].certificates, 1U);
}

TEST_F(BackupTest, AStopEndsItAndNothingIsLeft) {
  RunningAgent agent(site_);
  agent.stop_calls();
  const Status made = agent.backups().backup(folder_.file("stopped"));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), error_code(AppErrc::stopping));
  EXPECT_FALSE(fs::exists(folder_.file("stopped")));
  EXPECT_FALSE(fs::exists(folder_.file("stopped.partial")));
  EXPECT_EQ(agent.backups().progress().total, 0U);
}

TEST(Backup, HoldsTheRaKeysOfTheScepServices) {
  const auto settings_of = [](const certconnector::testing::TempDirectory& state) {
    config::Settings settings;
    settings.agent.state_dir = state.path().string();
    settings.scep.resize(1);
    settings.scep[0].name = "phones";
    return settings;
  };
  const certconnector::testing::TempDirectory from;
  const certconnector::testing::TempDirectory place;
  const std::string backup = place.file("backup");
  fs::create_directories(from.path() / "scep/phones/1");
  fs::create_directories(from.path() / "scep/phones/22");
  const std::map<std::string, std::string> files{
      {"scep/phones/1/ra.key.pem", "old key"},
      {"scep/phones/1/ra.certificate.pem", "old certificate"},
      {"scep/phones/22/signing.key.pem", "a key that waits for its certificate"}};
  for (const auto& [name, text] : files) from.write(name, text);
  from.write("scep/phones/1/notes.txt", "not ours");
  {
    certconnector::testing::OpenStores stores(from.file("agent.db"));
    const Status saved =
        write_backup(backup, settings_of(from), stores.file(), SystemClock().wall(),
                     [](const StepProgress&) { return Status(); });
    ASSERT_TRUE(saved.ok()) << saved.error().message();
  }
  const certconnector::testing::TempDirectory to;
  ASSERT_TRUE(restore_from(backup, settings_of(to), false).ok());
  for (const auto& [name, text] : files) {
    EXPECT_EQ(platform::read_file(to.file(name), 100).value(), text) << name;
  }
  EXPECT_FALSE(fs::exists(to.file("scep/phones/1/notes.txt")));
  for (const std::string& key :
       {to.file("scep/phones/1/ra.key.pem"), backup + "/scep/phones/22/signing.key.pem"}) {
    EXPECT_EQ(openness_of(key), Openness::owner_alone) << key;
  }
  const auto again = restore_from(backup, settings_of(to), false);
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message(), HasSubstr("scep/phones/1/ra.key.pem"));

  to.write("scep/phones/22/signing.certificate.pem", "of another key");
  ASSERT_TRUE(restore_from(backup, settings_of(to), true).ok());
  EXPECT_FALSE(fs::exists(to.file("scep/phones/22/signing.certificate.pem")));
  EXPECT_TRUE(fs::exists(to.file("scep/phones/1/ra.certificate.pem")));

  place.write("backup/scep/phones/1/ra.key.pem", "another key");
  EXPECT_FALSE(restore_from(backup, settings_of(to), true).ok());
}

TEST(Backup, IsNotMadeWithoutRaKeysThatItCannotRead) {
  config::Settings settings;
  const certconnector::testing::TempDirectory state;
  settings.agent.state_dir = state.path().string();
  settings.scep.resize(1);
  settings.scep[0].name = "phones";
  state.write("scep/phones", "a file in place of the folder");
  EXPECT_THAT(backup_files(settings, settings.agent.state_dir).error().message(),
              HasSubstr(state.file("scep/phones") + " is a file, not a folder"));
  settings.scep[0].name = "tablets";
  EXPECT_TRUE(backup_files(settings, settings.agent.state_dir).ok()) << "none was made yet";
}

TEST_F(BackupTest, WithoutTheKeyOfACaThatHasIssuedItIsNone) {
  RunningAgent agent(site_);
  fs::rename(site_.folder.file("ca/default/key.pem"), folder_.file("key.pem"));
  const Status saved = agent.backups().backup(folder_.file("second"));
  ASSERT_FALSE(saved.ok());
  EXPECT_THAT(saved.error().message(), HasSubstr("ca/default/key.pem is missing"));
  EXPECT_FALSE(fs::exists(folder_.file("second")));
}

// The file is open, and a backup is the way to save it.
TEST_F(BackupTest, SavesADatabaseThatWasDeletedWhileTheAgentRuns) {
  {
    RunningAgent agent(site_);
    core::NewJob job;
    job.job = issue_job("two", ca_);
    ASSERT_TRUE(agent.jobs().insert({job}, SystemClock().wall()).ok());
    for (const char* part : {"agent.db", "agent.db-wal", "agent.db-shm"}) {
      fs::remove(site_.folder.file(part));
    }
    const Status saved = agent.backups().backup(folder_.file("second"));
    ASSERT_TRUE(saved.ok()) << saved.error().message();
  }
  ASSERT_FALSE(restore_from(backup(), site_.settings(), true).ok()) << "the older one";
  const auto restored = restore_from(folder_.file("second"), site_.settings(), true);
  ASSERT_TRUE(restored.ok()) << "the CA has issued with no later state: "
                             << restored.error().message();
  RunningAgent agent(site_);
  EXPECT_THAT(agent.jobs().list({}).value(), SizeIs(2));
}

TEST_F(BackupTest, GoesIntoANewFolderOnly) {
  ASSERT_FALSE(again_.ok());
  EXPECT_THAT(again_.error().message(), HasSubstr("a backup goes into a new folder"));
}

TEST_F(BackupTest, ReplacesFilesOnlyByForce) {
  const auto refused = restore_from(backup(), site_.settings(), false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), error_code(AppErrc::would_overwrite));
  EXPECT_THAT(refused.error().message(), HasSubstr(site_.folder.file("agent.db")));
  EXPECT_TRUE(restore_from(backup(), site_.settings(), true).ok());
}

// Else the agent would start beside half of a backup.
TEST_F(BackupTest, ARestoreThatFailsLeavesTheCaTiedToItsDatabase) {
  const std::string tie = site_.folder.file("ca/default/database");
  ASSERT_TRUE(fs::exists(tie));
  const std::string key = site_.folder.file("ca/default/key.pem");
  fs::remove(key);
  fs::create_directories(key + "/in the way");
  EXPECT_FALSE(restore_from(backup(), site_.settings(), true).ok());
  EXPECT_TRUE(fs::exists(tie));

  fs::remove_all(key);
  ASSERT_TRUE(restore_from(backup(), site_.settings(), true).ok());
  EXPECT_FALSE(fs::exists(tie));
}

TEST_F(BackupTest, WhatIsNotACompleteBackupIsRefusedBeforeAnythingIsTouched) {
  const struct {
    const char* what;
    void (*damage)(const fs::path&);
    const char* message;
  } rows[] = {
      {"no manifest", [](const fs::path& b) { fs::remove(b / "manifest.json"); },
       "it has no manifest.json"},
      {"no manifest's files", [](const fs::path& b) { fs::resize_file(b / "manifest.json", 0); },
       "manifest.json"},
      {"no database", [](const fs::path& b) { fs::remove(b / "agent.db"); }, "agent.db is missing"},
      {"another key", [](const fs::path& b) { fs::resize_file(b / "ca/default/key.pem", 10); },
       "ca/default/key.pem is not the file that was saved"},
      {"a cut database", [](const fs::path& b) { fs::resize_file(b / "agent.db", 5000); },
       "agent.db is not the file that was saved"}};
  for (const auto& row : rows) {
    const certconnector::testing::TempDirectory copy;
    fs::copy(backup(), copy.path() / "backup", fs::copy_options::recursive);
    row.damage(copy.path() / "backup");
    Site other;
    const auto restored = restore_from(copy.file("backup"), other.settings(), true);
    ASSERT_FALSE(restored.ok()) << row.what;
    EXPECT_THAT(restored.error().message(), HasSubstr(row.message)) << row.what;
    EXPECT_TRUE(fs::is_empty(other.folder.path())) << row.what;
  }
}

}  // namespace
}  // namespace certconnector::app
