#include "common/runtime/signal.h"

#include <algorithm>

namespace certconnector::runtime {

void Signal::add(Wakeup& waiter) {
  const std::lock_guard<std::mutex> lock(mutex_);
  waiters_.push_back(&waiter);
}

void Signal::remove(Wakeup& waiter) {
  const std::lock_guard<std::mutex> lock(mutex_);
  waiters_.erase(std::remove(waiters_.begin(), waiters_.end(), &waiter), waiters_.end());
}

void Signal::notify() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Wakeup* waiter : waiters_) waiter->notify();
}

}  // namespace certconnector::runtime
