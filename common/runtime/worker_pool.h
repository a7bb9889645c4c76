// Threads for work that takes a processor's time: opening requests and signing answers. Bounded: a
// full pool takes no task, so the SCEP service can ask a device at once to come again.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/log/log.h"

namespace certconnector::runtime {

class WorkerPool {
 public:
  using Task = std::function<void()>;

  // Starts at once. A task that throws, as for want of memory, ends alone: the pool logs it and
  // goes on.
  WorkerPool(std::size_t threads, std::size_t max_waiting, log::Logger& logger);
  // As close().
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False: too much waits, or the pool is closed; the task is not taken. Thread-safe.
  [[nodiscard]] bool post(Task task);
  // The end of what was begun, answers that wait to be signed: always taken until the pool is
  // closed, and goes first.
  [[nodiscard]] bool post_first(Task task);
  // Drops what waits, and waits for what runs. Not from a task.
  void close();

 private:
  void run();
  void run(const Task& task);
  void note(const char* failure) noexcept;

  const std::size_t max_waiting_;
  log::Logger& logger_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace certconnector::runtime
