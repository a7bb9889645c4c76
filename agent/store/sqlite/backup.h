// A consistent copy of a database while it is in use, and the check of such a copy.
#pragma once

#include <string>

#include "agent/store/sqlite/database.h"
#include "agent/store/sqlite/migrations.h"
#include "common/result/result.h"

namespace certconnector::store {

// Copies the state of this moment to a new file `target` (0600, durable when it returns). Nobody is
// blocked by it. Error `exists` when the target is there; a copy that fails leaves no target.
[[nodiscard]] Status copy_database(const DatabaseOptions& source, const std::string& target);

// Reads the whole file: pages, rows and indexes, application and schema. The file must not be in
// use.
[[nodiscard]] Status check_database(const DatabaseOptions& options, const Schema& schema);

}  // namespace certconnector::store
