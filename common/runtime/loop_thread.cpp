#include "common/runtime/loop_thread.h"

#include <algorithm>
#include <utility>

namespace certconnector::runtime {

LoopThread::LoopThread(std::string name, Step step, const Clock& clock, log::Logger& logger)
    : name_(std::move(name)), step_(std::move(step)), clock_(clock), logger_(logger) {}

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
  Timestamp due = clock_.now();
  while (!stop.stop_requested()) {
    if (due <= clock_.now()) {
      const Duration wait = std::clamp(step_(stop), Duration(0), kIdle);
      due = clock_.now() + wait;
    }
    const Timestamp now = clock_.now();
    if (due > now && wakeup_.wait(due - now, stop)) due = now;
  }
  logger_.debug("loop.ended", "A loop has ended.", {{"loop", name_}});
}

}  // namespace certconnector::runtime
