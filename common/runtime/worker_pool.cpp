#include "common/runtime/worker_pool.h"

#include <exception>
#include <utility>

namespace certconnector::runtime {

WorkerPool::WorkerPool(std::size_t threads, std::size_t max_waiting, log::Logger& logger)
    : max_waiting_(max_waiting), logger_(logger) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() { close(); }

bool WorkerPool::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || tasks_.size() >= max_waiting_) return false;
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

bool WorkerPool::post_first(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    tasks_.push_front(std::move(task));
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::close() {
  std::deque<Task> dropped;  // their ends may post again
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(tasks_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::run() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
      if (closed_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    run(task);
  }
}

void WorkerPool::run(const Task& task) {
  try {
    task();
  } catch (const std::exception& failure) {
    note(failure.what());
  } catch (...) {
    note("unknown");
  }
}

// Where memory is short the words may find none either.
void WorkerPool::note(const char* failure) noexcept {
  try {
    logger_.error("pool.task_failed", "The agent could not complete a client's request.",
                  {{"error", failure}});
  } catch (const std::exception&) {  // the client is answered all the same
    return;
  }
}

}  // namespace certconnector::runtime
