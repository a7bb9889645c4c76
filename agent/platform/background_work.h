// Work that must not hold up what devices wait for.
#pragma once

#include <functional>

namespace certconnector::platform {

// Calls `work`, which must not throw, on a thread of low priority, and waits for its end: a thread
// that has given its priority away does not get it back. Do not hold a lock in it that others wait
// for.
void run_in_background(const std::function<void()>& work);

// Of the calling thread, until it ends.
void lower_thread_priority();

}  // namespace certconnector::platform
