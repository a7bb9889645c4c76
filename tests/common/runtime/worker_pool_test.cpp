#include "common/runtime/worker_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/capturing_logger.h"

namespace certconnector::runtime {
namespace {

// A task that is under way until it is let go, so that a test knows what the thread does.
class BusyTask {
 public:
  [[nodiscard]] WorkerPool::Task task() {
    return [this] {
      begun_.set_value();
      let_go_.get_future().wait();
    };
  }
  void wait_until_begun() { begun_.get_future().wait(); }
  void let_go() { let_go_.set_value(); }

 private:
  std::promise<void> begun_;
  std::promise<void> let_go_;
};

class WorkerPoolTest : public ::testing::Test {
 protected:
  certconnector::testing::CapturingLogger logger_;
};

TEST_F(WorkerPoolTest, DoesEveryTaskOnceOnItsThreads) {
  constexpr int kTasks = 200;
  std::mutex mutex;
  std::set<int> done;
  std::promise<void> all;
  WorkerPool pool(3, kTasks, logger_);
  for (int i = 0; i < kTasks; ++i) {
    EXPECT_TRUE(pool.post([&, i] {
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(done.insert(i).second) << i;
      if (done.size() == kTasks) all.set_value();
    }));
  }
  all.get_future().wait();
  pool.close();
  EXPECT_EQ(done.size(), static_cast<std::size_t>(kTasks));
}

TEST_F(WorkerPoolTest, RefusesWhatDoesNotFit) {
  WorkerPool pool(1, 2, logger_);
  BusyTask busy;
  ASSERT_TRUE(pool.post(busy.task()));
  busy.wait_until_begun();
  std::promise<void> last;
  EXPECT_TRUE(pool.post([] {}));
  EXPECT_TRUE(pool.post([&last] { last.set_value(); }));
  EXPECT_FALSE(pool.post([] { ADD_FAILURE() << "was refused"; })) << "two wait";
  busy.let_go();
  last.get_future().wait();
  EXPECT_TRUE(pool.post([] {})) << "there is room again";
}

TEST_F(WorkerPoolTest, AnswersGoFirstAndAlwaysFit) {
  std::string order;
  std::promise<void> last;
  WorkerPool pool(1, 2, logger_);
  BusyTask busy;
  ASSERT_TRUE(pool.post(busy.task()));
  busy.wait_until_begun();
  EXPECT_TRUE(pool.post([&order] { order += "1"; }));
  EXPECT_TRUE(pool.post([&] {
    order += "2";
    last.set_value();
  }));
  EXPECT_FALSE(pool.post([] {}));
  EXPECT_TRUE(pool.post_first([&order] { order += "answer "; }));
  EXPECT_FALSE(pool.post([] {})) << "an answer takes room as well";
  busy.let_go();
  last.get_future().wait();
  EXPECT_EQ(order, "answer 12");
}

TEST_F(WorkerPoolTest, ClosingDropsWhatWaitsAndWaitsForWhatRuns) {
  bool ended = false;
  WorkerPool pool(1, 1, logger_);
  BusyTask busy;
  ASSERT_TRUE(pool.post([&, task = busy.task()] {
    task();
    ended = true;
  }));
  busy.wait_until_begun();
  const auto was_dropped = [] { ADD_FAILURE() << "it was to be dropped"; };
  EXPECT_TRUE(pool.post(was_dropped));
  std::thread closing([&pool] { pool.close(); });
  while (pool.post_first(was_dropped)) std::this_thread::yield();
  busy.let_go();
  closing.join();
  EXPECT_TRUE(ended);
}

TEST_F(WorkerPoolTest, ATaskThatThrowsEndsAlone) {
  WorkerPool pool(1, 2, logger_);
  std::promise<void> next;
  ASSERT_TRUE(pool.post([] { throw std::runtime_error("no memory left"); }));
  ASSERT_TRUE(pool.post([&] { next.set_value(); }));
  next.get_future().wait();
  pool.close();
  ASSERT_EQ(logger_.count("pool.task_failed"), 1U);
  EXPECT_EQ(logger_.records("pool.task_failed").front().field("error"), "no memory left");
}

TEST_F(WorkerPoolTest, TakesNothingOnceItIsClosed) {
  WorkerPool pool(1, 2, logger_);
  pool.close();
  pool.close();
  EXPECT_FALSE(pool.post([] { ADD_FAILURE(); }));
  EXPECT_FALSE(pool.post_first([] { ADD_FAILURE(); }));
}

// As the reply of a request that is dropped: its end may want to post.
struct PostsAtItsEnd {
  explicit PostsAtItsEnd(WorkerPool& to, bool& refused_one) : pool(to), refused(refused_one) {}
  ~PostsAtItsEnd() {
    refused = !pool.post_first([] {});
  }
  PostsAtItsEnd(const PostsAtItsEnd&) = delete;
  PostsAtItsEnd& operator=(const PostsAtItsEnd&) = delete;
  WorkerPool& pool;
  bool& refused;
};

TEST_F(WorkerPoolTest, WhatIsDroppedMayPost) {
  bool refused = false;
  WorkerPool pool(0, 2, logger_);
  ASSERT_TRUE(pool.post([held = std::make_shared<PostsAtItsEnd>(pool, refused)] {}));
  pool.close();
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace certconnector::runtime
