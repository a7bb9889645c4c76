// Ends a wait for octets of a socket in another thread.
#pragma once

#include <cstdint>

namespace certconnector::testing {

// The socket was shut down already. That ends the wait on POSIX; Windows has the wait go on.
void wake_reader(std::uintptr_t socket);

}  // namespace certconnector::testing
