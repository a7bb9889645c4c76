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

// A Wakeup waits on a signal as long as this lives; both outlive it.
class Subscription {
 public:
  Subscription(Signal& signal, Wakeup& waiter) : signal_(signal), waiter_(waiter) {
    signal_.add(waiter_);
  }
  ~Subscription() { signal_.remove(waiter_); }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  Signal& signal_;
  Wakeup& waiter_;
};

}  // namespace certconnector::runtime
