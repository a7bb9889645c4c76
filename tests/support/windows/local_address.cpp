#include "tests/support/local_address.h"

namespace certconnector::testing {

std::string local_address(const TempDirectory& folder) {
  return "//./pipe/" + folder.path().filename().u8string();
}

}  // namespace certconnector::testing
