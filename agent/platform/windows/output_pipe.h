// What a program writes, read while it runs.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <thread>

#include "agent/platform/windows/handle.h"
#include "common/result/result.h"

namespace certconnector::platform {

// A thread reads until every process that can write has ended. Thread-safe.
class OutputPipe {
 public:
  // Keeps one octet more than `limit`, drops the rest, and calls `too_much` once, from its thread.
  OutputPipe(std::size_t limit, std::function<void()> too_much)
      : limit_(limit), too_much_(std::move(too_much)) {}
  ~OutputPipe();
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;

  // The end that the program gets; it inherits it.
  [[nodiscard]] Result<Handle> open();
  // After nobody can write any more: waits for the thread.
  [[nodiscard]] std::string take();

 private:
  void read_all();
  void keep(const char* octets, std::size_t count);

  const std::size_t limit_;
  const std::function<void()> too_much_;
  Handle read_;
  std::string text_;  // of the thread, until it was joined
  std::thread thread_;
};

}  // namespace certconnector::platform
