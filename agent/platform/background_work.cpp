#include "agent/platform/background_work.h"

#include <thread>

namespace certconnector::platform {

void run_in_background(const std::function<void()>& work) {
  std::thread([&work] {
    lower_thread_priority();
    work();
  }).join();
}

}  // namespace certconnector::platform
