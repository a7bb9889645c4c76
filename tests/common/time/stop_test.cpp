#include "common/time/stop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace certconnector {
namespace {

// Long enough that a test that reaches it has failed.
constexpr Duration kForever = std::chrono::minutes(10);

TEST(StopToken, ADefaultTokenNeverStops) {
  const StopToken token;
  EXPECT_FALSE(token.stop_requested());
  bool called = false;
  {
    const StopCallback callback = token.on_stop([&] { called = true; });
  }
  EXPECT_FALSE(called);
}

TEST(StopToken, EveryCopySeesTheStop) {
  StopSource source;
  const StopToken token = source.token();
  const StopToken copy = token;
  EXPECT_FALSE(copy.stop_requested());
  source.request_stop();
  EXPECT_TRUE(token.stop_requested());
  EXPECT_TRUE(copy.stop_requested());
}

TEST(StopToken, OutlivesItsSource) {
  StopToken token;
  {
    StopSource source;
    token = source.token();
    source.request_stop();
  }
  EXPECT_TRUE(token.stop_requested());
}

TEST(StopCallback, RunsOnceForAnyNumberOfStops) {
  StopSource source;
  int calls = 0;
  const StopCallback callback = source.token().on_stop([&] { ++calls; });
  source.request_stop();
  source.request_stop();
  EXPECT_EQ(calls, 1);
}

// A waiter asks under the lock of its condition, which the callback takes to wake it.
TEST(StopCallback, WaitsForALockWhoseHolderAsksTheToken) {
  StopSource source;
  const StopToken token = source.token();
  std::mutex mutex;
  std::promise<void> running;
  const StopCallback callback = token.on_stop([&] {
    running.set_value();
    const std::lock_guard lock(mutex);
  });
  std::unique_lock lock(mutex);
  std::thread stopper([&] { source.request_stop(); });
  running.get_future().wait();
  EXPECT_TRUE(token.stop_requested());
  lock.unlock();
  stopper.join();
}

TEST(StopCallback, RunsAtOnceWhenAlreadyStopped) {
  StopSource source;
  source.request_stop();
  int calls = 0;
  const StopCallback callback = source.token().on_stop([&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(StopCallback, DoesNotRunAfterItsEnd) {
  StopSource source;
  int calls = 0;
  {
    const StopCallback callback = source.token().on_stop([&] { ++calls; });
  }
  source.request_stop();
  EXPECT_EQ(calls, 0);
}

TEST(StopCallback, MovesWithItsOwner) {
  StopSource source;
  int calls = 0;
  StopCallback outer;
  {
    StopCallback inner = source.token().on_stop([&] { ++calls; });
    outer = std::move(inner);
  }
  source.request_stop();
  EXPECT_EQ(calls, 1);
}

TEST(StopCallback, AssignmentEndsTheFormerRegistrationOnceTheOtherGoes) {
  StopSource source;
  int first = 0;
  int second = 0;
  StopCallback callback = source.token().on_stop([&] { ++first; });
  callback = source.token().on_stop([&] { ++second; });
  source.request_stop();
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

TEST(Wakeup, ANotifyBeforeTheWaitIsKept) {
  Wakeup wakeup;
  wakeup.notify();
  const auto before = std::chrono::steady_clock::now();
  wakeup.wait(kForever, StopToken());
  EXPECT_LT(std::chrono::steady_clock::now() - before, kForever);
}

TEST(Wakeup, AStoppedTokenEndsTheWaitAtOnce) {
  Wakeup wakeup;
  StopSource source;
  source.request_stop();
  wakeup.wait(kForever, source.token());
  EXPECT_TRUE(source.token().stop_requested());
}

TEST(Wakeup, TheLimitEndsTheWait) {
  Wakeup wakeup;
  const auto before = std::chrono::steady_clock::now();
  wakeup.wait(Duration(5), StopToken());
  EXPECT_GE(std::chrono::steady_clock::now() - before, Duration(5));
}

TEST(Wakeup, NotifyFromAnotherThreadEndsTheWait) {
  Wakeup wakeup;
  auto waiting = std::async(std::launch::async, [&] { wakeup.wait(kForever, StopToken()); });
  wakeup.notify();
  EXPECT_EQ(waiting.wait_for(std::chrono::minutes(1)), std::future_status::ready);
}

TEST(Wakeup, StopFromAnotherThreadEndsTheWait) {
  Wakeup wakeup;
  StopSource source;
  auto waiting = std::async(std::launch::async, [&] { wakeup.wait(kForever, source.token()); });
  source.request_stop();
  EXPECT_EQ(waiting.wait_for(std::chrono::minutes(1)), std::future_status::ready);
}

TEST(Wakeup, EveryNotifyOfManyThreadsIsSeen) {
  Wakeup wakeup;
  std::atomic<int> produced{0};
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::thread> producers;
  producers.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    producers.emplace_back([&] {
      for (int k = 0; k < kEach; ++k) {
        ++produced;
        wakeup.notify();
      }
    });
  }
  while (produced < kThreads * kEach) wakeup.wait(kForever, StopToken());
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(produced, kThreads * kEach);
}

}  // namespace
}  // namespace certconnector
