#include "tests/support/kill_self.h"

#include <windows.h>

#include <cstdlib>

namespace certconnector::testing {
namespace {

constexpr UINT kStackBufferOverrun = 0xC0000409U;

}  // namespace

void kill_self() {
  ::TerminateProcess(::GetCurrentProcess(), kStackBufferOverrun);
  std::abort();
}

}  // namespace certconnector::testing
