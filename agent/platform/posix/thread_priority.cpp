#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/platform/background_work.h"

namespace certconnector::platform {
namespace {

// A tenth of the CPU beside a busy thread of usual priority: slow, but not starved.
constexpr int kBackgroundNice = 10;

}  // namespace

void lower_thread_priority() {
  // On Linux each thread has a nice value. That of the process may be higher already.
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  const int now = ::getpriority(PRIO_PROCESS, thread);
  if (now < kBackgroundNice)
    static_cast<void>(::setpriority(PRIO_PROCESS, thread, kBackgroundNice));
}

}  // namespace certconnector::platform
