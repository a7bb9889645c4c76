#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

// The account that this process runs as, for a chown that a message names: its name, else its
// number. Thread-safe.
[[nodiscard]] std::string own_user();

// Errors: not_permitted, where root runs this and the folder is another user's. None where it is
// not there.
[[nodiscard]] Status refuse_root_for_another(const std::string& folder);

}  // namespace certconnector::platform
