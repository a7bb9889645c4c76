// A copy of the database while it is written.
#include "agent/store/sqlite/backup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "agent/store/sqlite/errors.h"
#include "common/crypto/digest.h"
#include "tests/support/core/stored_jobs.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::store {
namespace {

namespace fs = std::filesystem;
using certconnector::testing::OpenStores;
using stored_jobs::at;
using stored_jobs::kCa;

constexpr std::size_t kLarge = std::size_t{100} * 1024;
constexpr std::uint64_t kLog = std::uint64_t{4} * 1024 * 1024;  // when SQLite empties it

class LiveBackupTest : public ::testing::Test {
 protected:
  // Certificates of 100 KiB each.
  void record(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "certificate-" + std::to_string(++recorded_);
      core::CertificateEntry entry;
      const crypto::Sha256 key = crypto::sha256(as_bytes(name));
      std::copy_n(key.begin(), entry.key.size(), entry.key.begin());
      entry.certificate = stored_jobs::issued(name).certificate;
      entry.certificate.certificate.resize(kLarge, 7);
      entry.certificate.serial = Bytes(name.begin(), name.end());
      ASSERT_TRUE(stores_.certificates.record(kCa, {entry}, at(1)).ok());
    }
  }

  [[nodiscard]] std::uint64_t log_size() const { return fs::file_size(file("agent.db-wal")); }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

  certconnector::testing::TempDirectory folder_;
  OpenStores stores_{folder_.file("agent.db")};
  int recorded_ = 0;
};

TEST_F(LiveBackupTest, TheLogStaysSmallAndTheCopyHasWhatWasWrittenMeanwhile) {
  record(250);
  std::uint64_t longest_log = 0;
  const Status copied =
      stores_.file().backup_to(file("copy.db"), [&](std::uint64_t, std::uint64_t) {
        record(25);
        longest_log = std::max(longest_log, log_size());
        return Status();
      });
  ASSERT_TRUE(copied.ok()) << copied.error().message();
  ASSERT_GT(recorded_, 350);  // more than 10 MiB, beside the copy
  EXPECT_LT(longest_log, 2 * kLog);
  ASSERT_TRUE(AgentDatabase::check_file(file("copy.db")).ok());
  OpenStores copy(file("copy.db"));
  EXPECT_EQ(copy.certificates.count(kCa).value(), static_cast<std::uint64_t>(recorded_));
}

TEST_F(LiveBackupTest, AWriterHasItsTurnBetweenTwoSteps) {
  WriterMutex mutex;
  mutex.lock();
  std::atomic<bool> written{false};
  std::thread writer([&] {
    const std::lock_guard lock(mutex);
    written = true;
  });
  while (!mutex.has_waiter()) std::this_thread::yield();
  mutex.unlock();
  mutex.lock_after_writer();
  EXPECT_TRUE(written);
  mutex.unlock();
  writer.join();
}

TEST_F(LiveBackupTest, ACopyThatIsEndedLeavesNothing) {
  record(100);
  const Status ended = stores_.file().backup_to(file("copy.db"), [](std::uint64_t, std::uint64_t) {
    return Status(Error(StoreErrc::busy, ErrorKind::transient, "enough"));
  });
  ASSERT_FALSE(ended.ok());
  EXPECT_FALSE(fs::exists(file("copy.db")));
  EXPECT_FALSE(fs::exists(file("copy.db.partial")));
  record(1);  // and the writer goes on
}

}  // namespace
}  // namespace certconnector::store
