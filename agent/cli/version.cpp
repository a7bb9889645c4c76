#include "agent/cli/version.h"

namespace certconnector::cli {

std::string_view program_version() { return CC_VERSION; }

}  // namespace certconnector::cli
