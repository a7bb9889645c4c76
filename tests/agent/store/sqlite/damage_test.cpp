// The store on files that are damaged, foreign, newer, read-only or cannot grow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "agent/store/sqlite/errors.h"
#include "tests/agent/store/sqlite/queue_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::store {
namespace {

using certconnector::testing::Openness;
using certconnector::testing::openness_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void raw_sql(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

class DamageTest : public QueueTest {
 protected:
  DamageTest() {
    std::vector<core::NewJob> jobs;
    jobs.reserve(200);
    for (int i = 0; i < 200; ++i) jobs.push_back(issue_job("job-" + std::to_string(i)));
    EXPECT_TRUE(store_->insert(jobs, at(0)).ok());
    close();
    image_ = folder_.read("agent.db");
  }

  [[nodiscard]] std::string path() const { return file("agent.db"); }
  void write(const std::string& image) { folder_.write("agent.db", image); }

  // The error that opening and reading everything ends with.
  std::optional<Error> first_error() {
    auto opened = AgentDatabase::open(database_at(path()));
    if (!opened.ok()) return opened.error();
    SqliteJobStore store(**opened);
    const auto listed = store.list({});
    if (!listed.ok()) return listed.error();
    const auto claimed = store.claim({kCa, 500, kOwner, at(1), at(2)});
    if (!claimed.ok()) return claimed.error();
    return std::nullopt;
  }

  std::string image_;
};

TEST(StoreErrors, AFullDiskIsNamedWhereItMayBeTheCause) {
  const DatabaseRole role{"job queue", ""};
  for (const int code : {SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_SHMOPEN, SQLITE_IOERR_WRITE}) {
    const Error error = sqlite_error(code, "disk I/O error", role, "agent.db");
    EXPECT_EQ(error.kind(), ErrorKind::transient);
    EXPECT_THAT(error.message(), HasSubstr("Check whether its disk is full")) << code;
  }
  EXPECT_THAT(sqlite_error(SQLITE_IOERR_READ, "", role, "agent.db").message(),
              ::testing::Not(HasSubstr("full")));
}

struct FileCase {
  const char* name;
  std::string (*damage)(const std::string& image);
};

class DamagedFileTest : public DamageTest, public ::testing::WithParamInterface<FileCase> {};

TEST_P(DamagedFileTest, IsRefusedWithTheRemedyAndLeftAsItIs) {
  const std::string damaged = GetParam().damage(image_);
  write(damaged);
  const auto error = first_error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::corrupt) << error->message();
  EXPECT_THAT(error->message(), HasSubstr(path()));
  EXPECT_THAT(error->message(), HasSubstr("restore"));
  EXPECT_EQ(folder_.read("agent.db"), damaged);
}

INSTANTIATE_TEST_SUITE_P(
    Files, DamagedFileTest,
    ::testing::Values(
        FileCase{"empty", [](const std::string&) { return std::string(); }},
        FileCase{"garbage",
                 [](const std::string& image) { return std::string(image.size(), 'x'); }},
        FileCase{"garbage_header",
                 [](const std::string& image) { return "not a database!!" + image.substr(16); }},
        FileCase{"truncated",
                 [](const std::string& image) { return image.substr(0, image.size() / 2); }},
        FileCase{"one_page", [](const std::string& image) { return image.substr(0, 4096); }},
        FileCase{"half_a_page", [](const std::string& image) { return image.substr(0, 1000); }},
        FileCase{"zeroed_pages",
                 [](const std::string& image) {
                   return image.substr(0, 4096) + std::string(image.size() - 4096, '\0');
                 }}),
    [](const auto& tested) { return std::string(tested.param.name); });

// Not every flipped bit can be seen, but none may lead to anything but the job or an error.
TEST_F(DamageTest, FlippedOctetsAreFoundOrHarmless) {
  unsigned errors = 0;
  for (std::size_t at_octet = 100; at_octet < image_.size(); at_octet += 997) {
    std::string flipped = image_;
    flipped[at_octet] = static_cast<char>(flipped[at_octet] ^ 0x5A);
    write(flipped);
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path() + suffix);
    const auto error = first_error();
    if (error) {
      ++errors;
      EXPECT_NE(error->kind(), ErrorKind::transient) << at_octet << ' ' << error->message();
    }
  }
  EXPECT_GT(errors, 10U);
}

TEST_F(DamageTest, AFlippedOctetInsideARequestIsSeen) {
  raw_sql(path(),
          "UPDATE request SET record = CAST(substr(record, 1, 50) || x'FF' || substr(record, 52) "
          "AS BLOB) "
          "WHERE ticket = 7");
  const auto error = first_error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::corrupt);
  EXPECT_THAT(error->message(), HasSubstr("job-6"));
}

TEST_F(DamageTest, AMissingFileWithALogLeftBehindIsNotReplaced) {
  std::filesystem::rename(path(), path() + "-wal");
  const auto error = first_error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::corrupt);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(DamageTest, ANewerSchemaIsRefused) {
  raw_sql(path(), "PRAGMA user_version = 99");
  const auto error = first_error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), error_code(StoreErrc::newer_schema));
  EXPECT_THAT(error->message(), HasSubstr("newer release"));
}

TEST_F(DamageTest, AnotherProgramsDatabaseIsRefused) {
  std::filesystem::remove(path());
  raw_sql(path(), "CREATE TABLE theirs(x)");
  const auto error = first_error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::corrupt);
  EXPECT_THAT(error->message(), HasSubstr("another program"));
}

TEST_F(DamageTest, AMissingFolderIsAPassingError) {
  const auto opened = AgentDatabase::open(database_at(file("nowhere/agent.db")));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind(), ErrorKind::transient);
}

TEST_F(DamageTest, AReadOnlyFileIsAPassingError) {
  if (certconnector::testing::is_superuser()) GTEST_SKIP() << "this user may write everywhere";
  std::filesystem::permissions(path(), std::filesystem::perms::owner_read);
  std::filesystem::permissions(
      folder_.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const auto error = first_error();
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::owner_all);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::transient);
}

TEST_F(DamageTest, AFullDiskLosesNothingAndWorkGoesOnWhenThereIsRoom) {
  AgentDatabaseOptions options = database_at(path());
  options.max_pages = static_cast<std::int64_t>(image_.size() / 4096) + 4;
  {
    OpenStores stores(options);
    SqliteJobStore* store = &stores.jobs;
    std::vector<core::NewJob> jobs;
    jobs.reserve(100);
    for (int i = 0; i < 100; ++i) jobs.push_back(issue_job("more-" + std::to_string(i)));
    const auto refused = store->insert(jobs, at(1));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind(), ErrorKind::transient);
    EXPECT_EQ(refused.error().code(), error_code(StoreErrc::disk_full));
    EXPECT_THAT(*store->find("more-0"), IsEmpty()) << "all of a call or nothing";
    EXPECT_TRUE(store->probe().ok());
    EXPECT_EQ(store->claim({kCa, 500, kOwner, at(1), at(2)})->size(), 200U);
  }
  OpenStores stores(path());
  SqliteJobStore* store = &stores.jobs;
  const auto taken = store->insert({issue_job("more-0")}, at(2));
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->front(), core::InsertResult::inserted);
}

TEST_F(DamageTest, NothingIsWrittenToAFileThatIsGone) {
  if (!certconnector::testing::open_files_can_be_moved()) {
    GTEST_SKIP() << "this system moves no file that is open";
  }
  OpenStores stores(path());
  ASSERT_TRUE(stores.jobs.probe().ok());
  std::filesystem::rename(path(), file("aside.db"));
  for (const bool replaced : {false, true}) {
    SCOPED_TRACE(replaced);
    if (replaced) write(image_);
    EXPECT_EQ(stores.jobs.check_in_place().error().code(), error_code(StoreErrc::not_in_place));
    const auto refused = stores.jobs.insert({issue_job("lost")}, at(1));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind(), ErrorKind::transient);
    EXPECT_EQ(refused.error().code(), error_code(StoreErrc::not_in_place));
    EXPECT_THAT(refused.error().message(), HasSubstr(replaced ? "replaced" : "deleted or moved"));
  }
  EXPECT_THAT(*stores.jobs.find("lost"), IsEmpty());
  std::filesystem::rename(file("aside.db"), path());
  EXPECT_TRUE(stores.jobs.check_in_place().ok());
  EXPECT_TRUE(stores.jobs.insert({issue_job("found")}, at(2)).ok()) << "it is back";
}

// A log that a person has laid beside the file may be another database's.
TEST_F(DamageTest, ARefusedFileKeepsItsLogBesideIt) {
  const certconnector::testing::TempDirectory killed;
  {
    OpenStores stores(path());
    ASSERT_TRUE(stores.jobs.insert({issue_job("in the log")}, at(1)).ok());
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(path() + suffix, killed.file(std::string("agent.db") + suffix));
    }
  }
  const std::string before = certconnector::testing::read_file(killed.file("agent.db"));
  {
    OpenStores stores(killed.file("agent.db"));
    EXPECT_THAT(*stores.jobs.find("in the log"), ::testing::SizeIs(1));
    stores.file().leave_log();
  }
  EXPECT_EQ(certconnector::testing::read_file(killed.file("agent.db")), before);
  { OpenStores stores(killed.file("agent.db")); }
  EXPECT_NE(certconnector::testing::read_file(killed.file("agent.db")), before);
}

TEST_F(DamageTest, FilesAreForTheAgentsUserAlone) {
  OpenStores stores(path());
  SqliteJobStore* store = &stores.jobs;
  ASSERT_TRUE(store->probe().ok());
  EXPECT_EQ(openness_of(path()), Openness::owner_alone);
  if (!certconnector::testing::sqlites_files_are_closed()) {
    GTEST_SKIP() << "files of Wine take no access from their folder";
  }
  for (const char* suffix : {"-wal", "-shm"}) {
    EXPECT_EQ(openness_of(path() + suffix), Openness::owner_alone) << suffix;
  }
}

TEST_F(DamageTest, ABackupHoldsTheMomentAndIsChecked) {
  {
    OpenStores stores(path());
    SqliteJobStore* store = &stores.jobs;
    ASSERT_TRUE(store->insert({issue_job("before")}, at(1)).ok());
    ASSERT_TRUE(stores.file().backup_to(file("copy.db")).ok());
    ASSERT_TRUE(store->insert({issue_job("after")}, at(1)).ok());
    const Status again = stores.file().backup_to(file("copy.db"));
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code(), error_code(StoreErrc::exists));
  }
  EXPECT_EQ(openness_of(file("copy.db")), Openness::owner_alone);
  EXPECT_FALSE(std::filesystem::exists(file("copy.db.partial")));
  EXPECT_TRUE(AgentDatabase::check_file(file("copy.db")).ok());
  EXPECT_FALSE(std::filesystem::exists(file("copy.db-wal"))) << "a check leaves nothing behind";
  {
    OpenStores copied(file("copy.db"));
    SqliteJobStore* restored = &copied.jobs;
    EXPECT_EQ(restored->find("before")->size(), 1U);
    EXPECT_THAT(*restored->find("after"), IsEmpty());
  }
  std::string damaged = folder_.read("copy.db");
  const std::size_t half = damaged.size() / 2;
  damaged.replace(half, half, half, 'x');
  folder_.write("copy.db", damaged);
  const Status checked = AgentDatabase::check_file(file("copy.db"));
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind(), ErrorKind::corrupt);
  EXPECT_FALSE(AgentDatabase::check_file(file("no-such.db")).ok());
}

}  // namespace
}  // namespace certconnector::store
