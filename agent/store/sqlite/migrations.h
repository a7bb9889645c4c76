// The schema of a database and the way to it from older ones: forward only, each step in one
// transaction with its version number (PRAGMA user_version).
#pragma once

#include <vector>

#include "agent/store/sqlite/database.h"
#include "common/result/result.h"

namespace certconnector::store {

struct Schema {
  std::int32_t application_id = 0;  // PRAGMA application_id: tells our files from others
  // steps[i] leads from version i to version i + 1; its texts run in order.
  std::vector<std::vector<const char*>> steps;
};

// Makes the schema in a database that has nothing in it yet.
[[nodiscard]] Status create_schema(Database& database, const Schema& schema);
// Brings an existing database to the newest version. Errors: corrupt (nothing in it, or not our
// file), permanent newer_schema (written by a newer release).
[[nodiscard]] Status upgrade_schema(Database& database, const Schema& schema);
// The same checks, without a change.
[[nodiscard]] Status check_schema(Database& database, const Schema& schema);

// Opens the database of that schema for writing: makes a missing one, in one step and mode 0600,
// and brings an older one forward. Never replaces a damaged or an empty one.
[[nodiscard]] Result<Database> open_writer(const DatabaseOptions& options, const Schema& schema);

}  // namespace certconnector::store
