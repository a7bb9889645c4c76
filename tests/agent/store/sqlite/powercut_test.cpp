// A short run; the long one is `store_powercut --seeds N`.
#include "tests/agent/store/sqlite/powercut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <random>
#include <set>
#include <utility>

#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/errors.h"
#include "agent/store/sqlite/sqlite_job_store.h"
#include "tests/agent/store/sqlite/disk_recorder.h"
#include "tests/agent/store/sqlite/lossy_vfs.h"
#include "tests/support/core/stored_jobs.h"
#include "tests/support/temp_directory.h"

namespace certconnector::store {

using stored_jobs::at;
using stored_jobs::issue_job;
using stored_jobs::kCa;
namespace {

using ::testing::IsEmpty;

constexpr std::uint64_t kSeeds = 12;

// Cuts and calls of the first seeds.
PowercutReport expect_nothing_lost(PowercutReport (*campaign)(std::uint64_t), std::uint64_t seeds) {
  PowercutReport all;
  for (std::uint64_t seed = 1; seed <= seeds && all.violations.empty(); ++seed) {
    PowercutReport one = campaign(seed);
    EXPECT_THAT(one.violations, IsEmpty()) << "seed " << seed;
    all.cuts += one.cuts;
    all.calls += one.calls;
    all.violations = std::move(one.violations);
  }
  return all;
}

TEST(Powercut, TheQueueLosesNothingThatItHasTaken) {
  EXPECT_GT(expect_nothing_lost(cut_queue, kSeeds).calls, kSeeds);
}

TEST(Powercut, TheCertificateStoreLosesNothingThatItHasTaken) {
  EXPECT_GT(expect_nothing_lost(cut_certificates, kSeeds).calls, kSeeds);
}

TEST(Powercut, TheTakeOverOfTheFirstReleaseLosesNothing) {
  EXPECT_GE(expect_nothing_lost(cut_take_over, 3).cuts, 30U);
}

TEST(Powercut, ACompactionLosesNothing) {
  EXPECT_GE(expect_nothing_lost(cut_compaction, 3).cuts, 60U);
}

// The recorded disk has to be able to lose: what was not synced, names included.
TEST(Powercut, TheRecordedDiskForgetsWhatWasNotSynced) {
  const certconnector::testing::TempDirectory folder;
  DiskRecorder recorder(folder.path().string());
  const std::string old_name = folder.file("draft");
  ASSERT_TRUE(create_private_file(old_name).ok());
  ASSERT_TRUE(publish_file(old_name, folder.file("kept")).ok());
  const std::size_t durable = recorder.log().size();
  ASSERT_TRUE(create_private_file(old_name).ok());
  const auto names_after = [&](std::size_t changes) {
    std::set<std::size_t> counts;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      std::mt19937_64 random(seed);
      const certconnector::testing::TempDirectory left;
      recorder.log().leave(left.path().string(), changes, random);
      counts.insert(static_cast<std::size_t>(
          std::distance(std::filesystem::directory_iterator(left.path()), {})));
    }
    return counts;
  };
  EXPECT_THAT(names_after(durable), ::testing::ElementsAre(1U));
  EXPECT_THAT(names_after(recorder.log().size()), ::testing::ElementsAre(1U, 2U));
}

// The campaign has to be able to fail: this disk says yes to a sync and does nothing, as a cut
// right after a call without a sync would be.
TEST(Powercut, TheDiskForgetsWhatWasNotSynced) {
  bool lost = false;
  for (std::uint64_t seed = 1; seed <= 20 && !lost; ++seed) {
    LossyDisk disk("forgetful-" + std::to_string(seed), seed);
    sqlite3* handle = nullptr;
    const auto open = [&] {
      return sqlite3_open_v2("x.db", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                             disk.name().c_str());
    };
    ASSERT_EQ(open(), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(handle,
                           "PRAGMA journal_mode=WAL; CREATE TABLE t(x); PRAGMA synchronous=OFF;"
                           "INSERT INTO t VALUES (1)",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    disk.cut_now();
    sqlite3_close(handle);
    disk.restore_power();
    ASSERT_EQ(open(), SQLITE_OK);
    int rows = 0;
    const auto count = [](void* into, int, char**, char**) {
      ++*static_cast<int*>(into);
      return 0;
    };
    lost = sqlite3_exec(handle, "SELECT x FROM t", count, &rows, nullptr) != SQLITE_OK || rows == 0;
    sqlite3_close(handle);
  }
  EXPECT_TRUE(lost);
}

struct WriteFailure {
  const char* name;
  int code;
  StoreErrc errc;
};

class WriteFailureTest : public ::testing::TestWithParam<WriteFailure> {};

TEST_P(WriteFailureTest, IsAPassingErrorThatLosesNothing) {
  LossyDisk disk(std::string("refusing-") + GetParam().name, 1);
  AgentDatabaseOptions options;
  options.path = "agent.db";
  options.vfs = disk.name();
  auto opened = AgentDatabase::open(options);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  SqliteJobStore store(**opened);
  ASSERT_TRUE(store.insert({issue_job("a")}, at(0)).ok());

  disk.refuse_writes(GetParam().code);
  const auto refused = store.insert({issue_job("b")}, at(1));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::transient) << refused.error().message();
  EXPECT_EQ(refused.error().code(), error_code(GetParam().errc)) << refused.error().message();
  EXPECT_FALSE(store.probe().ok());
  EXPECT_FALSE(store.claim({kCa, 1, "life", at(1), at(2)}).ok());
  EXPECT_EQ(store.find("a")->size(), 1U) << "reading goes on";
  EXPECT_THAT(*store.find("b"), IsEmpty());

  disk.refuse_writes(SQLITE_OK);
  EXPECT_TRUE(store.probe().ok());
  EXPECT_EQ(store.insert({issue_job("b")}, at(3))->front(), core::InsertResult::inserted);
  EXPECT_EQ(store.claim({kCa, 5, "life", at(3), at(4)})->size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    Disks, WriteFailureTest,
    ::testing::Values(WriteFailure{"full", SQLITE_FULL, StoreErrc::disk_full},
                      WriteFailure{"read_only", SQLITE_READONLY, StoreErrc::read_only},
                      WriteFailure{"no_sync", SQLITE_IOERR_FSYNC, StoreErrc::io_failure},
                      WriteFailure{"no_write", SQLITE_IOERR_WRITE, StoreErrc::io_failure}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace certconnector::store
