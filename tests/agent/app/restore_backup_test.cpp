// A restore as a whole: what it keeps aside, what it refuses, and what a kill leaves.
#include "agent/app/restore_backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/app/backup.h"
#include "agent/app/errors.h"
#include "agent/app/restore_stage.h"
#include "agent/ca/local/database_bond.h"
#include "agent/platform/files.h"
#include "agent/platform/identity_folder.h"
#include "common/crypto/digest.h"
#include "common/text/hex.h"
#include "proto/json/json.h"
#include "tests/agent/app/agent_fixture.h"

namespace certconnector::app {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RestoreBackupTest : public ::testing::Test {
 protected:
  // A site whose backup is older than its state: one certificate, then another one, which is
  // revoked.
  RestoreBackupTest() {
    RunningAgent agent(site_);
    agent.enroll();
    ca_ = agent.create_ca();
    issue("one", 1);
    const Status saved = agent.backups().backup(backup());
    EXPECT_TRUE(saved.ok()) << saved.error().message();
    const core::IssuedCertificate second = issue("two", 2);
    site_.endpoint.queue(revoke_job("three", ca_, second.serial));
    EXPECT_THAT(site_.endpoint.wait_for_reports(3), SizeIs(3));
    second_ = second.serial;
  }

  core::IssuedCertificate issue(const std::string& id, std::size_t reports) {
    site_.endpoint.queue(issue_job(id, ca_));
    const auto all = site_.endpoint.wait_for_reports(reports);
    EXPECT_THAT(all, SizeIs(reports));
    return std::get<core::Issued>(all.back().outcome).certificate;
  }

  [[nodiscard]] std::string backup() const { return folder_.file("backup"); }
  [[nodiscard]] std::string state(const std::string& name) const { return site_.folder.file(name); }

  Result<RestoreReport> restore(bool force = true, bool accept_loss = false) {
    wishes_.folder = backup();
    wishes_.force = force;
    wishes_.accept_loss = accept_loss;
    wishes_.now = SystemClock().wall();
    return restore_backup(wishes_, site_.settings());
  }

  // Every file below `folder` with its digest, without the stage and what SQLite makes to read.
  [[nodiscard]] std::map<std::string, std::string> contents(const fs::path& folder) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string name = fs::relative(entry.path(), folder).string();
      const bool staged = name.rfind("restore.staged", 0) == 0;
      if (!entry.is_regular_file() || staged || name == "agent.db-shm") continue;
      const std::string octets = certconnector::testing::read_file(entry.path().string());
      if (name == "agent.db-wal" && octets.empty()) continue;
      files[name] = text::to_hex(crypto::view(crypto::sha256(as_bytes(octets))));
    }
    return files;
  }

  void expect_second_revoked() {
    certconnector::testing::OpenStores stores(state("agent.db"));
    const auto second = stores.certificates.find(ca_, core::CertificateId{second_, {}}).value();
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->revocation);
  }

  Site site_;
  certconnector::testing::TempDirectory folder_;
  core::CaFingerprint ca_;
  Bytes second_;
  RestoreWishes wishes_;
};

TEST_F(RestoreBackupTest, TheManifestHasTheDigestOfEveryFile) {
  const auto manifest =
      json::parse(platform::read_file(backup() + "/manifest.json", 1 << 20).value());
  ASSERT_TRUE(manifest.ok());
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(backup())) {
    if (!entry.is_regular_file() || entry.path().filename() == "manifest.json") continue;
    const std::string name = fs::relative(entry.path(), backup()).string();
    ++files;
    ASSERT_TRUE((*manifest)["files"].contains(name)) << name;
    EXPECT_EQ((*manifest)["files"][name].get<std::string>(),
              text::to_hex(crypto::view(crypto::sha256(
                  as_bytes(certconnector::testing::read_file(entry.path().string()))))));
  }
  EXPECT_EQ((*manifest)["files"].size(), files);
  certconnector::testing::OpenStores stores(state("agent.db"));
  EXPECT_EQ((*manifest)["database"].get<std::string>(), stores.file().id().value());
  EXPECT_TRUE((*manifest)["made_at"].is_string());
}

// Killed before its plan was written: nothing was touched.
TEST_F(RestoreBackupTest, TheNextStartTakesAwayAStageWithoutAPlan) {
  const std::string stage = stage_folder(site_.settings());
  fs::create_directory(stage);
  fs::copy_file(state("agent.db"), stage + "/newer.db");
  EXPECT_TRUE(refuse_half_of_a_restore(site_.settings()).ok());
  EXPECT_FALSE(fs::exists(stage));
}

TEST_F(RestoreBackupTest, WhatTheNewerStateKnowsStands) {
  const auto restored = restore();
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  EXPECT_EQ(restored->newer, "complete");
  expect_second_revoked();
  RunningAgent agent(site_);
  EXPECT_EQ(agent.status().cas[0].certificates, 2U);
}

TEST_F(RestoreBackupTest, WhatIsReplacedIsKept) {
  const auto before = contents(site_.folder.path());
  const auto restored = restore();
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  ASSERT_THAT(restored->kept, HasSubstr("/replaced-20"));
  EXPECT_EQ(fs::status(restored->kept).permissions(), fs::perms::owner_all);
  const auto kept = contents(restored->kept);
  for (const char* name :
       {"agent.db", "ca/default/key.pem", "ca/default/ca.crl", "ca/default/database"}) {
    ASSERT_EQ(before.count(name), 1U) << name;
    ASSERT_EQ(kept.count(name), 1U) << name;
    EXPECT_EQ(kept.at(name), before.at(name)) << name;
  }
  EXPECT_FALSE(fs::exists(state("restore.staged")));
}

TEST_F(RestoreBackupTest, ADamagedStateGivesWhatItHas) {
  std::string image = certconnector::testing::read_file(state("agent.db"));
  image.replace(0, 4096, 4096, 'x');
  site_.folder.write("agent.db", image);
  const auto restored = restore();
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  EXPECT_EQ(restored->newer, "damaged");
  EXPECT_THAT(restored->notes, Contains(HasSubstr("The newer state was damaged")));
  expect_second_revoked();
}

TEST_F(RestoreBackupTest, WhereTheNewerStateIsGoneItWantsAWord) {
  fs::remove(state("agent.db"));
  const auto bond = ca::read_bond(state("ca/default/database")).value();
  const auto before = contents(site_.folder.path());
  const auto refused = restore();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), error_code(AppErrc::loss_not_accepted));
  EXPECT_THAT(refused.error().message(),
              AllOf(HasSubstr("CA default has issued with a database"),
                    HasSubstr("CRL number " + std::to_string(bond->crl_number)),
                    HasSubstr("The backup was made at 20"), HasSubstr("--accept-loss")));
  EXPECT_EQ(contents(site_.folder.path()), before);

  const auto restored = restore(true, true);
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  EXPECT_THAT(restored->notes, Contains(HasSubstr("CRL numbers of the CA")));
  certconnector::testing::OpenStores stores(state("agent.db"));
  EXPECT_GT(stores.certificates.take_crl_number(ca_, 1).value(), bond->crl_number + 86400);
}

// The published CRL is the last witness.
TEST_F(RestoreBackupTest, ARevocationInThePublishedCrlComesBack) {
  {
    RunningAgent agent(site_);
    ASSERT_TRUE(agent.ca_administration().publish_crl("default").ok());
  }
  fs::remove(state("agent.db"));
  ASSERT_TRUE(restore(true, true).ok());
  certconnector::testing::OpenStores stores(state("agent.db"));
  std::vector<Bytes> revoked;
  ASSERT_TRUE(stores.certificates
                  .for_each_revoked(ca_, SystemClock().wall(),
                                    [&](const auto& one) { revoked.push_back(one.serial); })
                  .ok());
  EXPECT_THAT(revoked, Contains(second_));
}

TEST_F(RestoreBackupTest, ANewerCrlStaysInPlace) {
  {
    RunningAgent agent(site_);
    ASSERT_TRUE(agent.ca_administration().publish_crl("default").ok());
  }
  const std::string crl = certconnector::testing::read_file(state("ca/default/ca.crl"));
  ASSERT_TRUE(restore().ok());
  EXPECT_EQ(certconnector::testing::read_file(state("ca/default/ca.crl")), crl);
  fs::remove(state("ca/default/ca.crl"));
  ASSERT_TRUE(restore().ok());
  EXPECT_TRUE(fs::exists(state("ca/default/ca.crl")));
}

// The words are said there too.
TEST_F(RestoreBackupTest, AFreshMachineNeedsNoWord) {
  Site other;
  wishes_.folder = backup();
  wishes_.now = SystemClock().wall();
  const auto restored = restore_backup(wishes_, other.settings());
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  EXPECT_EQ(restored->newer, "none");
  EXPECT_THAT(restored->kept, IsEmpty());
  EXPECT_THAT(restored->notes, Contains(HasSubstr("what it did since is lost")));
}

TEST_F(RestoreBackupTest, AFullDiskIsSaidBefore) {
  const std::string copy = folder_.file("sparse");
  fs::copy(backup(), copy, fs::copy_options::recursive);
  fs::resize_file(site_.folder.path() / "agent.db", std::uintmax_t{1} << 43U);
  const auto restored = restore();
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().code(), error_code(AppErrc::no_room));
  EXPECT_FALSE(fs::exists(state("restore.staged")));
}

TEST_F(RestoreBackupTest, ABackupThatFailsLeavesNoFolder) {
  certconnector::testing::OpenStores stores(state("agent.db"));
  const std::string failed = folder_.file("failed");
  const Status saved = write_backup(
      failed, site_.settings(), stores.file(), SystemClock().wall(), [](const StepProgress& step) {
        return step.step.find("key.pem") == std::string::npos
                   ? Status()
                   : Status(Error(AppErrc::stopping, ErrorKind::transient, "no"));
      });
  EXPECT_FALSE(saved.ok());
  EXPECT_FALSE(fs::exists(failed));
  EXPECT_FALSE(fs::exists(failed + ".partial"));
}

TEST_F(RestoreBackupTest, ABackupThatWasKilledIsNoBackupAndNotInTheWay) {
  certconnector::testing::OpenStores stores(state("agent.db"));
  fs::create_directory(folder_.file("again.partial"));
  std::ofstream(folder_.file("again.partial") + "/agent.db") << "half";
  const Status saved =
      write_backup(folder_.file("again"), site_.settings(), stores.file(), SystemClock().wall(),
                   [](const StepProgress&) { return Status(); });
  ASSERT_TRUE(saved.ok()) << saved.error().message();
  EXPECT_FALSE(fs::exists(folder_.file("again.partial")));
}

// At every step the process dies, without a destructor. The old state is whole then, or the agent
// refuses to start and the same restore goes on.
TEST_F(RestoreBackupTest, AKillAtAnyStepLosesNothing) {
  const certconnector::testing::TempDirectory original;
  const fs::copy_options all = fs::copy_options::recursive | fs::copy_options::copy_symlinks;
  fs::copy(site_.folder.path(), original.path() / "state", all);
  const auto before = contents(site_.folder.path());
  bool whole = false;
  int went_on = 0;
  for (int last_step = 1; !whole; ++last_step) {
    SCOPED_TRACE(last_step);
    ASSERT_LT(last_step, 500);
    for (const auto& entry : fs::directory_iterator(site_.folder.path())) {
      fs::remove_all(entry.path());
    }
    fs::copy(original.path() / "state", site_.folder.path(), all);
    const pid_t child = ::fork();
    if (child == 0) {
      int step = 0;
      wishes_.report = [&](const StepProgress&) {
        if (++step == last_step) std::_Exit(9);
        return Status();
      };
      std::_Exit(restore().ok() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(WEXITSTATUS(status), 1);
    whole = WEXITSTATUS(status) == 0;
    const bool half = !refuse_half_of_a_restore(site_.settings()).ok();
    if (!half && !whole) {
      EXPECT_EQ(contents(site_.folder.path()), before);
    }
    const auto again = restore();
    ASSERT_TRUE(again.ok()) << again.error().message();
    if (half) {
      ++went_on;
      EXPECT_THAT(again->notes, Contains(HasSubstr("this one has finished it")));
    }
    expect_second_revoked();
    EXPECT_FALSE(fs::exists(state("ca/default/database")));
    EXPECT_EQ(contents(again->kept).count("agent.db"), 1U);
    EXPECT_TRUE(refuse_half_of_a_restore(site_.settings()).ok());
  }
  EXPECT_GT(went_on, 5);
}

}  // namespace
}  // namespace certconnector::app
