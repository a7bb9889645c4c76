// One request and its answer, shared between the thread that waits and the network's threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

#include "common/net/https_message.h"

namespace certconnector::net {

struct ExchangeFailure {
  long code = 0;  // errno or an OpenSSL error code
  std::string text;
};

// The first end counts; later ones have no effect. Thread-safe.
class Exchange {
 public:
  enum class End { none, answered, failed, stopped, too_large, timed_out };

  // Called before answered(), once the status line and headers are there.
  void headers(HttpsAnswer head);
  void answered(std::string body);
  void failed(ExchangeFailure failure);
  void end(End how);
  // Nothing of the network will call any more.
  void closed();

  [[nodiscard]] End wait_until(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] bool wait_closed(std::chrono::milliseconds limit);
  [[nodiscard]] HttpsAnswer take_answer();
  [[nodiscard]] ExchangeFailure failure() const;

 private:
  void settle(End how);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  End end_ = End::none;
  bool closed_ = false;
  HttpsAnswer answer_;
  ExchangeFailure failure_;
};

}  // namespace certconnector::net
