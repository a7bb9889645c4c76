// A thread that does one step again and again: a small function that does what is due and says how
// long nothing will be.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "common/log/log.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::runtime {

// The answer of a step that only a notification can give work.
inline constexpr Duration kIdle = std::chrono::hours(1);

using Step = std::function<Duration(const StopToken&)>;

// Runs its step whenever it is due; a notify() of wakeup() makes it due. The step stops early when
// the token says so. The destructor waits for the thread: request the stop
// first.
class LoopThread {
 public:
  LoopThread(std::string name, Step step, const Clock& clock, log::Logger& logger);
  ~LoopThread();
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  // Once.
  void start(StopToken stop);
  // Waits for the thread to end.
  void join();
  // Waits for it until `give_up` is requested, and `grace` longer. False: it runs still.
  bool join(const StopToken& give_up, Duration grace);
  [[nodiscard]] Wakeup& wakeup() { return wakeup_; }

 private:
  void run(const StopToken& stop);

  std::string name_;
  Step step_;
  const Clock& clock_;
  log::Logger& logger_;
  Wakeup wakeup_;
  std::atomic<bool> ended_{false};
  Wakeup end_;
  std::thread thread_;
};

}  // namespace certconnector::runtime
