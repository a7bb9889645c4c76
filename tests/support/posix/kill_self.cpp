#include "tests/support/kill_self.h"

#include <csignal>
#include <cstdlib>

namespace certconnector::testing {

void kill_self() {
  std::raise(SIGKILL);
  std::abort();
}

}  // namespace certconnector::testing
