#include "agent/store/sqlite/migrations.h"

#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/transaction.h"

namespace certconnector::store {
namespace {

constexpr char kVersionSql[] = "PRAGMA user_version";
constexpr char kApplicationSql[] = "PRAGMA application_id";
constexpr char kObjectsSql[] = "SELECT count(*) FROM sqlite_schema";

Status apply(Database& database, const Schema& schema, std::size_t from) {
  for (std::size_t version = from; version < schema.steps.size(); ++version) {
    CC_TRY_ASSIGN(auto transaction, Transaction::begin(database));
    for (const char* text : schema.steps[version]) CC_TRY(database.execute(text));
    CC_TRY(database.execute(
        ("PRAGMA application_id = " + std::to_string(schema.application_id)).c_str()));
    CC_TRY(database.execute(("PRAGMA user_version = " + std::to_string(version + 1)).c_str()));
    CC_TRY(transaction.commit());
  }
  return {};
}

// The version of a file that is ours.
Result<std::size_t> schema_version(Database& database, const Schema& schema) {
  CC_TRY_ASSIGN(const std::int64_t objects, database.integer(kObjectsSql));
  if (objects == 0) return database.damaged("has nothing in it");
  CC_TRY_ASSIGN(const std::int64_t application, database.integer(kApplicationSql));
  if (application != schema.application_id) {
    return database.damaged("is another program's database");
  }
  CC_TRY_ASSIGN(const std::int64_t version, database.integer(kVersionSql));
  if (version < 1) return database.damaged("has no schema version");
  const auto known = static_cast<std::int64_t>(schema.steps.size());
  if (version > known) {
    return Error(StoreErrc::newer_schema, ErrorKind::permanent,
                 "the " + std::string(database.role().title) + " " + database.path() +
                     " was written by a newer release (schema " + std::to_string(version) +
                     ", this release knows " + std::to_string(known) +
                     "). Install that release again, or restore a backup made with this one");
  }
  return static_cast<std::size_t>(version);
}

// Under another name first: a crash on the way must not leave half a database under the real one.
Status create_file(const DatabaseOptions& options, const Schema& schema) {
  DatabaseOptions draft = options;
  draft.path += ".new";
  for (const char* suffix : {"", "-wal", "-shm"}) remove_file(draft.path + suffix);
  CC_TRY(create_private_file(draft.path));
  {
    CC_TRY_ASSIGN(auto database, Database::open(draft));
    CC_TRY(create_schema(database, schema));
    CC_TRY(database.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  for (const char* suffix : {"-wal", "-shm"}) remove_file(draft.path + suffix);
  return publish_file(draft.path, options.path);
}

Status prepare_file(const DatabaseOptions& options, const Schema& schema) {
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(options.path));
  switch (presence) {
    case FilePresence::present:
      return {};
    case FilePresence::empty:
      return damaged_error("is empty", {options.role.title, kRestore}, options.path);
    case FilePresence::missing:
      break;
  }
  CC_TRY_ASSIGN(const FilePresence log, file_presence(options.path + "-wal"));
  if (log == FilePresence::present) {
    return damaged_error("is missing, but its write-ahead log (-wal) is there", options.role,
                         options.path);
  }
  return create_file(options, schema);
}

}  // namespace

Status create_schema(Database& database, const Schema& schema) {
  return apply(database, schema, 0);
}

Status upgrade_schema(Database& database, const Schema& schema) {
  CC_TRY_ASSIGN(const std::size_t version, schema_version(database, schema));
  return apply(database, schema, version);
}

Status check_schema(Database& database, const Schema& schema) {
  CC_TRY(schema_version(database, schema));
  return {};
}

Result<Database> open_writer(const DatabaseOptions& options, const Schema& schema) {
  // Only the file system can be looked at beforehand; another VFS makes its file in place.
  if (options.vfs.empty()) {
    CC_TRY(prepare_file(options, schema));
    CC_TRY_ASSIGN(auto database, Database::open(options));
    CC_TRY(upgrade_schema(database, schema));
    return database;
  }
  CC_TRY_ASSIGN(auto database, Database::open(options));
  CC_TRY_ASSIGN(const std::int64_t objects, database.integer(kObjectsSql));
  if (objects == 0) {
    CC_TRY(create_schema(database, schema));
  } else {
    CC_TRY(upgrade_schema(database, schema));
  }
  return database;
}

}  // namespace certconnector::store
