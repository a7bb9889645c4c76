// Several threads at one store; meant for ThreadSanitizer as well.
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

TEST_F(QueueTest, ThreadsClaimEveryJobOnceWhileOthersInsertAndRead) {
  constexpr int kInserters = 2;
  constexpr int kWorkers = 2;
  constexpr int kJobs = 200;  // of each inserter
  std::atomic<int> finished{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::set<std::int64_t> claimed_tickets;
  const auto check = [&](bool good) {
    if (!good) failed = true;
    return good;
  };

  std::vector<std::thread> threads;
  threads.reserve(kInserters + kWorkers + 1);
  for (int inserter = 0; inserter < kInserters; ++inserter) {
    threads.emplace_back([&, inserter] {
      for (int i = 0; i < kJobs; i += 10) {
        std::vector<core::NewJob> batch;
        batch.reserve(10);
        for (int k = i; k < i + 10; ++k) {
          batch.push_back(issue_job(std::to_string(inserter) + "-" + std::to_string(k)));
        }
        if (!check(store_->insert(batch, at(0)).ok())) return;
      }
    });
  }
  for (int worker = 0; worker < kWorkers; ++worker) {
    threads.emplace_back([&, owner = "worker-" + std::to_string(worker)] {
      while (finished < kInserters * kJobs && !failed) {
        const auto claimed = store_->claim({kCa, 7, owner, at(1), at(2)});
        if (!check(claimed.ok())) return;
        std::vector<core::Settlement> settlements;
        settlements.reserve(claimed->size());
        for (const auto& job : *claimed) {
          const std::lock_guard lock(mutex);
          check(claimed_tickets.insert(job.ticket.value).second);
          settlements.push_back(stored_jobs::settlement(job.ticket, core::Finish{issued("c")}));
        }
        if (!check(store_->settle(settlements, owner, at(2)).ok())) return;
        finished += static_cast<int>(settlements.size());
      }
    });
  }
  threads.emplace_back([&] {
    while (finished < kInserters * kJobs && !failed) {
      check(store_->list({}).ok() && store_->counts().ok() && store_->find("0-1").ok());
    }
  });
  for (std::thread& thread : threads) thread.join();

  EXPECT_FALSE(failed);
  EXPECT_EQ(claimed_tickets.size(), static_cast<std::size_t>(kInserters * kJobs));
  EXPECT_EQ(count(core::JobState::succeeded), static_cast<std::uint64_t>(kInserters * kJobs));
}

// An enrollment that is reported and withheld in one transaction must not be read as reported
// alone.
TEST_F(QueueTest, AReadSeesOneStateWhateverIsWrittenMeanwhile) {
  using Counts = std::pair<std::int64_t, std::int64_t>;
  int inserted = 0;
  const auto insert = [&] {
    return store_->insert({issue_job("job-" + std::to_string(++inserted))}, at(0));
  };
  ASSERT_TRUE(insert().ok());
  const auto count_twice = [&](Database& database) -> Result<Counts> {
    CC_TRY_ASSIGN(const std::int64_t before, database.integer("SELECT count(*) FROM job"));
    EXPECT_TRUE(insert().ok());
    CC_TRY_ASSIGN(const std::int64_t after, database.integer("SELECT count(*) FROM job"));
    return Counts{before, after};
  };
  const auto read = stores_->file().read(count_twice);
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(*read, Counts(1, 1));
  const auto browsed = stores_->file().browse(count_twice);
  ASSERT_TRUE(browsed.ok()) << browsed.error().message();
  EXPECT_EQ(*browsed, Counts(2, 2));
  EXPECT_EQ(count(core::JobState::queued), 3U);
}

TEST_F(QueueTest, ABackupWhileOthersWriteIsAConsistentMoment) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      static_cast<void>(store_->insert({issue_job("job-" + std::to_string(i))}, at(0)).ok());
    }
  });
  for (int i = 0; i < 3; ++i) {
    const std::string copy = file("copy-" + std::to_string(i) + ".db");
    const Status copied = stores_->file().backup_to(copy);
    EXPECT_TRUE(copied.ok()) << copied.error().message();
    EXPECT_TRUE(AgentDatabase::check_file(copy).ok());
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace certconnector::store
