// The mutex of the writing connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

namespace certconnector::store {

// For std::lock_guard. A long task that takes the mutex again and again waits before each of its
// steps until a writer that waits had its turn: std::mutex would give it the mutex many times in a
// row.
class WriterMutex {
 public:
  void lock() {
    ++waiting_;
    mutex_.lock();
    --waiting_;
    ++turns_;
  }
  void unlock() { mutex_.unlock(); }

  [[nodiscard]] bool has_waiter() const { return waiting_ > 0; }

  // For a step of the long task; ends with unlock().
  void lock_after_writer() {
    const std::uint64_t before = turns_;
    while (has_waiter() && turns_ == before) std::this_thread::yield();
    mutex_.lock();
  }

 private:
  std::mutex mutex_;
  std::atomic<int> waiting_{0};
  std::atomic<std::uint64_t> turns_{0};
};

}  // namespace certconnector::store
