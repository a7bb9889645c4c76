#include "common/runtime/loop_thread.h"

#include <algorithm>
#include <utility>

namespace certconnector::runtime {

LoopThread::LoopThread(std::string name, std::vector<Step> steps, const Clock& clock,
                       log::Logger& logger)
    : name_(std::move(name)), steps_(std::move(steps)), clock_(clock), logger_(logger) {}

LoopThread::~LoopThread() { join(); }

void LoopThread::start(StopToken stop) {
  thread_ = std::thread([this, stop = std::move(stop)] {
    run(stop);
    ended_ = true;
    end_.notify();
  });
}

void LoopThread::join() {
  if (thread_.joinable()) thread_.join();
}

bool LoopThread::join(const StopToken& give_up, Duration grace) {
  if (!thread_.joinable()) return true;
  while (!ended_ && !give_up.stop_requested()) end_.wait(kIdle, give_up);
  if (!ended_) end_.wait(grace, StopToken());
  if (!ended_) return false;
  join();
  return true;
}

void LoopThread::run(const StopToken& stop) {
  logger_.debug("loop.started", "A loop has started.", {{"loop", name_}});
  std::vector<Timestamp> due(steps_.size(), clock_.now());
  while (!stop.stop_requested()) {
    for (std::size_t i = 0; i < steps_.size() && !stop.stop_requested(); ++i) {
      if (due[i] > clock_.now()) continue;
      const Duration wait = std::clamp(steps_[i](stop), Duration(0), kIdle);
      due[i] = clock_.now() + wait;
    }
    const Timestamp soonest =
        due.empty() ? clock_.now() + kIdle : *std::min_element(due.begin(), due.end());
    const Timestamp now = clock_.now();
    if (soonest <= now) continue;
    if (wakeup_.wait(soonest - now, stop)) std::fill(due.begin(), due.end(), now);
  }
  logger_.debug("loop.ended", "A loop has ended.", {{"loop", name_}});
}

}  // namespace certconnector::runtime
