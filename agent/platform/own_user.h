#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

// The account that this process runs as, for a chown that a message names: its name, else its
// number. Thread-safe.
[[nodiscard]] std::string own_user();

// The command by which a person makes a folder for this process's user: after "make it as ".
// Thread-safe.
[[nodiscard]] std::string how_to_make_folder(const std::string& folder);

// Errors: not_permitted, where root runs this and the folder is another user's. None where it is
// not there.
[[nodiscard]] Status refuse_root_for_another(const std::string& folder);

}  // namespace certconnector::platform
