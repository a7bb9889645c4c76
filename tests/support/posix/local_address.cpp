#include "tests/support/local_address.h"

namespace certconnector::testing {

std::string local_address(const TempDirectory& folder) { return folder.file("agent.sock"); }

}  // namespace certconnector::testing
