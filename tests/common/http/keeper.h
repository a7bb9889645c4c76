#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "common/http/message.h"

namespace certconnector::http::testing {

// Keeps what it is asked, so that the test answers when it likes.
class Keeper final : public Handler {
 public:
  void handle(Request request, Reply reply) override {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(std::move(request), std::move(reply));
    arrived_.notify_all();
  }
  // Waits for the next request.
  std::pair<Request, Reply> take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !waiting_.empty(); });
    auto first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
  }
  [[nodiscard]] bool idle() {
    const std::lock_guard lock(mutex_);
    return waiting_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::pair<Request, Reply>> waiting_;
};

}  // namespace certconnector::http::testing
