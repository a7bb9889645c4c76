#include "agent/store/sqlite/backup.h"

#include <sqlite3.h>

#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr int kPagesInStep = 256;

Status copy_pages(Database& from, Database& to) {
  // One read transaction over the whole copy: it shows one moment, and writers do not restart it.
  CC_TRY(run(from, "BEGIN"));
  CC_TRY(from.integer("SELECT count(*) FROM sqlite_schema"));
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) return to.failure(sqlite3_extended_errcode(to.handle()));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = sqlite3_backup_step(backup, kPagesInStep);
  const int finished = sqlite3_backup_finish(backup);
  CC_TRY(run(from, "COMMIT"));
  if (code != SQLITE_DONE) return to.failure(code);
  if (finished != SQLITE_OK) return to.failure(finished);
  return {};
}

Status copy_to_draft(const DatabaseOptions& source, const std::string& draft) {
  DatabaseOptions reading = source;
  reading.access = DatabaseAccess::read_only;
  reading.cache_kib = 256;
  DatabaseOptions writing;
  writing.path = draft;
  writing.role = source.role;
  writing.cache_kib = 256;
  CC_TRY_ASSIGN(Database from, Database::open(reading));
  CC_TRY_ASSIGN(Database to, Database::open(writing));
  return copy_pages(from, to);
}

}  // namespace

Status copy_database(const DatabaseOptions& source, const std::string& target) {
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(target));
  if (presence != FilePresence::missing) {
    return Error(StoreErrc::exists, ErrorKind::permanent,
                 target + " exists already. Choose a name that is free");
  }
  const std::string draft = target + ".partial";
  for (const char* suffix : {"", "-wal", "-shm"}) remove_file(draft + suffix);
  CC_TRY(create_private_file(draft));
  Status copied = copy_to_draft(source, draft);
  if (copied.ok()) copied = publish_file(draft, target);
  for (const char* suffix : {"", "-wal", "-shm"}) remove_file(draft + suffix);
  if (!copied.ok()) return copied.error().with_context("backing up to " + target);
  return {};
}

Status check_database(const DatabaseOptions& options, const Schema& schema) {
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(options.path));
  if (presence == FilePresence::missing) {
    return Error(StoreErrc::not_found, ErrorKind::permanent,
                 "there is no file " + options.path + ". Check the backup's folder");
  }
  if (presence == FilePresence::empty) {
    return damaged_error("is empty", options.role, options.path);
  }
  DatabaseOptions reading = options;
  reading.access = DatabaseAccess::immutable;
  CC_TRY_ASSIGN(Database database, Database::open(reading));
  CC_TRY(check_schema(database, schema));
  Query query(database, "PRAGMA integrity_check(1)");
  CC_TRY_ASSIGN(const bool row, query.next());
  const std::string verdict = row ? std::string(query.text(0)) : "no answer";
  if (verdict != "ok") return database.damaged("is damaged (" + verdict + ")");
  return {};
}

}  // namespace certconnector::store
