// One event, many loops that wait for it: "jobs may be due", "there is something to report".
#pragma once

#include <mutex>
#include <vector>

#include "common/time/stop.h"

namespace certconnector::runtime {

// Thread-safe. A Wakeup must outlive the signal or be removed.
class Signal {
 public:
  void add(Wakeup& waiter);
  void remove(Wakeup& waiter);
  void notify();

 private:
  std::mutex mutex_;
  std::vector<Wakeup*> waiters_;
};

}  // namespace certconnector::runtime
