#include "agent/platform/background_work.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace certconnector::platform {
namespace {

int nice_of_this_thread() {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)));
}

TEST(BackgroundWork, HasALowerPriorityThanItsCaller) {
  const int before = nice_of_this_thread();
  const auto caller = std::this_thread::get_id();
  int during = -100;
  run_in_background([&] {
    EXPECT_NE(std::this_thread::get_id(), caller);
    during = nice_of_this_thread();
  });
  EXPECT_EQ(during, std::max(before, 10));
  EXPECT_EQ(nice_of_this_thread(), before);
}

TEST(BackgroundWork, NeverRaisesAPriority) {
  run_in_background([] {
    ASSERT_EQ(::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 15), 0);
    lower_thread_priority();
    EXPECT_EQ(nice_of_this_thread(), 15);
  });
}

}  // namespace
}  // namespace certconnector::platform
