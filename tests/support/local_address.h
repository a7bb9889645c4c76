// Where an agent of a test listens for its CLI.
#pragma once

#include <string>

#include "tests/support/temp_directory.h"

namespace certconnector::testing {

// A socket in the folder, or a pipe that is called after it.
[[nodiscard]] std::string local_address(const TempDirectory& folder);

}  // namespace certconnector::testing
