#include "tests/support/wake_reader.h"

#include <windows.h>

namespace certconnector::testing {

void wake_reader(std::uintptr_t socket) { ::CancelIoEx(reinterpret_cast<HANDLE>(socket), nullptr); }

}  // namespace certconnector::testing
