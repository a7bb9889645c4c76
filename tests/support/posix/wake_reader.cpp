#include "tests/support/wake_reader.h"

namespace certconnector::testing {

void wake_reader(std::uintptr_t /*socket*/) {}

}  // namespace certconnector::testing
