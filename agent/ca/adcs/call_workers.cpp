#include "agent/ca/adcs/call_workers.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace certconnector::ca {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(1);

struct Task {
  CallWorkers::Work work;
  bool done = false;
};

}  // namespace

struct CallWorkers::State {
  State(Open opens, std::size_t most_threads) : open(std::move(opens)), most(most_threads) {}

  static void work(const std::shared_ptr<State>& state);

  const Open open;
  const std::size_t most;
  std::mutex mutex;
  std::condition_variable wanted;  // a task, or the end
  std::condition_variable changed;
  std::deque<std::shared_ptr<Task>> tasks;
  std::size_t threads = 0;
  std::size_t idle = 0;
  bool closing = false;
};

void CallWorkers::State::work(const std::shared_ptr<State>& state) {
  const std::unique_ptr<WorkerTools> tools = state->open();
  std::unique_lock lock(state->mutex);
  for (;;) {
    ++state->idle;
    state->wanted.wait(lock, [&] { return state->closing || !state->tasks.empty(); });
    --state->idle;
    if (state->closing) break;
    const std::shared_ptr<Task> task = std::move(state->tasks.front());
    state->tasks.pop_front();
    lock.unlock();
    task->work(*tools);
    lock.lock();
    task->done = true;
    state->changed.notify_all();
  }
}

CallWorkers::CallWorkers(Open open, std::size_t most, const Clock& clock)
    : state_(std::make_shared<State>(std::move(open), most)), clock_(clock) {}

CallWorkers::~CallWorkers() {
  const std::lock_guard lock(state_->mutex);
  state_->closing = true;
  state_->wanted.notify_all();
}

CallEnd CallWorkers::run(Work work, const core::CallContext& call) {
  const auto stopped = call.stop.on_stop([state = state_] {
    const std::lock_guard lock(state->mutex);
    state->changed.notify_all();
  });
  const auto task = std::make_shared<Task>(Task{std::move(work)});
  std::unique_lock lock(state_->mutex);
  if (call.stop.stop_requested()) return CallEnd::not_begun;
  if (state_->idle <= state_->tasks.size()) {
    if (state_->threads == state_->most) return CallEnd::not_begun;
    ++state_->threads;
    std::thread([state = state_] { State::work(state); }).detach();
  }
  state_->tasks.push_back(task);
  state_->wanted.notify_one();
  const Duration patience =
      std::clamp(call.deadline - clock_.now(), Duration(0), Duration(kLongestWait));
  state_->changed.wait_for(lock, patience,
                           [&] { return task->done || call.stop.stop_requested(); });
  if (task->done) return CallEnd::done;
  const auto waiting = std::find(state_->tasks.begin(), state_->tasks.end(), task);
  if (waiting == state_->tasks.end()) return CallEnd::gave_up;
  state_->tasks.erase(waiting);
  return CallEnd::not_begun;
}

}  // namespace certconnector::ca
