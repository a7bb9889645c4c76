// How a restored agent.db takes the place of the files that are there. Nobody uses them meanwhile.
#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::store {

// Gives agent.db, its log, and what there is of queue.db and inventory.db of release 0.1.0 a second
// name in `folder`, which is on the same file system. Whether there was anything.
[[nodiscard]] Result<bool> keep_databases(const std::string& state_dir, const std::string& folder);

// Moves `staged` into the place of <state_dir>/agent.db. Where queue.db and inventory.db hold a
// state of release 0.1.0, files that it refuses take their places. Can be done again after a crash;
// `staged` may be gone then.
[[nodiscard]] Status put_in_place(const std::string& staged, const std::string& state_dir);

}  // namespace certconnector::store
