#include "tests/support/local_path.h"

namespace certconnector::tests {

std::string local_path(const std::string& path) { return path; }

}  // namespace certconnector::tests
