// The files of release 0.1.0 come over into agent.db.
#include "agent/store/sqlite/first_release.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/core/certificate_rules.h"
#include "agent/core/errors.h"
#include "agent/store/sqlite/first_release_schema.h"
#include "agent/store/sqlite/statement.h"
#include "tests/agent/store/sqlite/first_release_files.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

core::CertificateEntry entry_of(const core::CertificateLabel& label, const std::string& name) {
  core::CertificateEntry entry{label.key, label.template_name, issued(name).certificate};
  entry.certificate.serial = Bytes(name.begin(), name.end());
  return entry;
}

class FirstReleaseTest : public ::testing::Test {
 protected:
  // A waiting job, one with its certificate, one of another CA, and a certificate without its job,
  // which is revoked.
  void make_files() {
    FirstReleaseFiles files(folder_.path().string());
    files.add_job("waiting", std::nullopt);
    core::Issued ours = issued("ours");
    ours.certificate.serial = {'o', 'u', 'r', 's'};
    ours.note = "shorter";
    files.add_certificate(entry_of(files.add_job("ours", ours), "ours"));
    files.add_job("theirs", issued("theirs"), true);
    core::CertificateLabel alone;
    alone.key.fill(9);
    files.add_certificate(entry_of(alone, "alone"), true);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] std::int64_t version_of(const std::string& name) const {
    DatabaseOptions options;
    options.path = file(name);
    auto database = Database::open(options);
    return database->integer("PRAGMA user_version").value();
  }
  // An agent whose first change this is.
  void change() {
    OpenStores stores(file("agent.db"));
    ASSERT_TRUE(stores.jobs.probe().ok());
  }

  certconnector::testing::TempDirectory folder_;
};

TEST_F(FirstReleaseTest, EverythingComesOver) {
  make_files();
  OpenStores stores(file("agent.db"));
  const auto jobs = stores.jobs.list({}).value();
  ASSERT_THAT(jobs, SizeIs(3));
  EXPECT_EQ(jobs[2].job.key.id, "waiting");
  EXPECT_EQ(jobs[2].state, core::JobState::queued);
  const auto& ours = std::get<core::Issued>(*jobs[1].outcome);
  EXPECT_EQ(ours.certificate.certificate, issued("ours").certificate.certificate);
  EXPECT_EQ(ours.note, "shorter");
  EXPECT_EQ(std::get<core::Issued>(*jobs[0].outcome).certificate.certificate,
            issued("theirs").certificate.certificate);

  EXPECT_EQ(stores.certificates.count(kCa).value(), 2U);
  EXPECT_EQ(stores.certificates.count(kOtherCa).value(), 1U) << "it was in the outcome alone";
  const auto alone =
      stores.certificates.find(kCa, core::CertificateId{{'a', 'l', 'o', 'n', 'e'}, {}}).value();
  ASSERT_TRUE(alone && alone->revocation);
  EXPECT_EQ(alone->revocation->at, at(5));
  EXPECT_EQ(stores.certificates.revocation_generation(kCa).value(), 5U);
  EXPECT_EQ(stores.certificates.crl(kCa).value()->number, 40U);
  EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 42U);

  std::vector<std::string> of_jobs;
  const auto page = stores.certificates.list({}).value();
  for (const auto& listed : page.certificates) {
    of_jobs.push_back(listed.record.entry.holder.instance + " " + listed.record.entry.holder.job);
  }
  EXPECT_THAT(of_jobs, ::testing::UnorderedElementsAre("default ours", "default theirs", " "))
      << "one has no job";

  EXPECT_THAT(stores.jobs.claim({kCa, 5, kOwner, at(1), at(2)}).value(), SizeIs(1));
  EXPECT_THAT(stores.jobs.unreported({}, 5).value(), SizeIs(2));
  EXPECT_EQ(stores.jobs.insert({issue_job("new")}, at(9))->front(), core::InsertResult::inserted);
}

TEST_F(FirstReleaseTest, AJobThatWasKeptForItsCertificateGoesAfterTheRetention) {
  {
    FirstReleaseFiles files(folder_.path().string());
    files.add_job("kept", issued("kept"));
    files.keep_job("kept", at(10), issued("kept").certificate.not_after);
  }
  OpenStores stores(file("agent.db"));
  EXPECT_EQ(*stores.jobs.purge(at(10), at(100), 10), 0U);
  EXPECT_EQ(*stores.jobs.purge(at(11), at(100), 10), 1U);
  EXPECT_THAT(*stores.jobs.find("kept"), SizeIs(0));
  EXPECT_EQ(stores.certificates.count(kCa).value(), 1U);
}

TEST_F(FirstReleaseTest, TheChallengesOfJobsThatAreOverStayBehind) {
  {
    FirstReleaseFiles files(folder_.path().string());
    files.add_device_job("over", issued("over"));
    files.add_device_job("waiting", std::nullopt);
  }
  OpenStores stores(file("agent.db"));
  EXPECT_FALSE(holds_challenge(stores.jobs, "over"));
  EXPECT_TRUE(holds_challenge(stores.jobs, "waiting"));
}

TEST_F(FirstReleaseTest, AKeyOfBeforeKeepsItsCertificate) {
  make_files();
  OpenStores stores(file("agent.db"));
  const core::CertificateEntry again = entry_of(core::label_of(issue_job("ours").job), "again");
  EXPECT_EQ(stores.certificates.record(kCa, {again}, at(9))->front().certificate,
            issued("ours").certificate.certificate);
}

TEST_F(FirstReleaseTest, UntilTheFirstChangeTheOldFilesStay) {
  make_files();
  { OpenStores stores(file("agent.db")); }
  EXPECT_EQ(version_of("queue.db"), 3);
  EXPECT_EQ(version_of("inventory.db"), 1);
  change();
  EXPECT_GT(version_of("queue.db"), 3) << "0.1.0 refuses it as a newer release's";
  EXPECT_GT(version_of("inventory.db"), 1);
  for (const char* name : {"queue.db.before-agent.db", "inventory.db.before-agent.db"}) {
    EXPECT_FALSE(std::filesystem::exists(file(name))) << name;
  }
  OpenStores stores(file("agent.db"));
  EXPECT_THAT(stores.jobs.list({}).value(), SizeIs(3));
}

// Somebody went back to 0.1.0 before the first change, and comes again.
TEST_F(FirstReleaseTest, WhatTheOldReleaseDidMeanwhileComesOverToo) {
  make_files();
  { OpenStores stores(file("agent.db")); }
  {
    DatabaseOptions options;
    options.path = file("queue.db");
    auto queue = Database::open(options);
    ASSERT_TRUE(run(*queue, "UPDATE job SET correlation = 'later' WHERE id = 'waiting'").ok());
  }
  OpenStores stores(file("agent.db"));
  EXPECT_EQ(stores.jobs.find("waiting")->front().job.correlation_id, "later");
}

// A crash while an agent.db of before gives way to the next take-over.
TEST_F(FirstReleaseTest, TheLogOfAnEarlierDatabaseIsNotReplayed) {
  make_files();
  const certconnector::testing::TempDirectory elsewhere;
  OpenStores other(elsewhere.file("agent.db"));
  ASSERT_TRUE(other.jobs.insert({issue_job("foreign")}, at(9)).ok());
  std::filesystem::copy_file(elsewhere.file("agent.db-wal"), file("agent.db-wal"));
  OpenStores stores(file("agent.db"));
  EXPECT_THAT(stores.jobs.list({}).value(), SizeIs(3));
  EXPECT_THAT(stores.jobs.find("foreign").value(), ::testing::IsEmpty());
}

// A person deletes one, or a salvage has left it.
TEST_F(FirstReleaseTest, BesideAChangedDatabaseALostOldFileIsNoMatter) {
  make_files();
  { OpenStores stores(file("agent.db")); }
  change();
  for (const char* name : {"queue.db", "inventory.db"}) {
    for (const char* what : {"", "garbage, and no database at all"}) {
      SCOPED_TRACE(std::string(name) + what);
      std::filesystem::remove(file(name));
      if (*what != '\0') folder_.write(name, what);
      {
        OpenStores stores(file("agent.db"));
        EXPECT_THAT(stores.jobs.list({}).value(), SizeIs(3));
      }
      EXPECT_EQ(version_of(name), FirstRelease::kRefusedVersion);
    }
    folder_.write(name, "");
    OpenStores stores(file("agent.db"));
    EXPECT_EQ(version_of(name), FirstRelease::kRefusedVersion) << "an empty one";
  }
}

TEST_F(FirstReleaseTest, ACrashBetweenTheTwoFilesGoesOn) {
  make_files();
  { OpenStores stores(file("agent.db")); }
  // As retire() leaves the first one.
  std::filesystem::rename(file("queue.db"), file("queue.db.before-agent.db"));
  {
    DatabaseOptions options;
    options.path = file("queue.db");
    auto refused = open_writer(options, first_release_queue_schema());
    ASSERT_TRUE(refused.ok());
    ASSERT_TRUE(refused->execute("PRAGMA user_version = 1000").ok());
  }
  change();
  EXPECT_GT(version_of("inventory.db"), 1);
  EXPECT_FALSE(std::filesystem::exists(file("queue.db.before-agent.db")));
}

TEST_F(FirstReleaseTest, ATakeOverThatIsEndedLeavesNothing) {
  make_files();
  AgentDatabaseOptions options = database_at(file("agent.db"));
  options.report = [](const TakeOverProgress&) -> Status {
    return Error(core::CoreErrc::bad_answer, ErrorKind::transient, "stopped");
  };
  const auto ended = AgentDatabase::open(options);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind(), ErrorKind::transient);
  EXPECT_FALSE(std::filesystem::exists(file("agent.db")));
  EXPECT_FALSE(std::filesystem::exists(file("agent.db.new")));
  EXPECT_EQ(version_of("queue.db"), 3);
}

TEST_F(FirstReleaseTest, OneFileWithoutTheOtherIsRefused) {
  for (const char* missing : {"queue.db", "inventory.db"}) {
    SCOPED_TRACE(missing);
    make_files();
    std::filesystem::remove(file(missing));
    const auto opened = AgentDatabase::open(database_at(file("agent.db")));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().kind(), ErrorKind::corrupt);
    EXPECT_THAT(opened.error().message(), HasSubstr(file(missing)));
    EXPECT_FALSE(std::filesystem::exists(file("agent.db")));
    std::filesystem::remove(file("queue.db"));
    std::filesystem::remove(file("inventory.db"));
  }
}

TEST_F(FirstReleaseTest, OldFilesBesideAChangedDatabaseAreRefused) {
  {
    OpenStores stores(file("agent.db"));
    ASSERT_TRUE(stores.jobs.probe().ok());
  }
  make_files();
  const auto opened = AgentDatabase::open(database_at(file("agent.db")));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind(), ErrorKind::corrupt);
  EXPECT_THAT(opened.error().message(), HasSubstr("move queue.db and inventory.db away"));
}

TEST_F(FirstReleaseTest, WithoutAgentDbTheRefusedFilesAreNoNewBeginning) {
  make_files();
  change();
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(file("agent.db") + suffix);
  const auto opened = AgentDatabase::open(database_at(file("agent.db")));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind(), ErrorKind::corrupt);
}

}  // namespace
}  // namespace certconnector::store
