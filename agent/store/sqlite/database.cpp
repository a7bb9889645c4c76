#include "agent/store/sqlite/database.h"

#include <sqlite3.h>

#include <array>
#include <utility>

#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr int kBusyTimeoutMs = 5000;

// A URI, because "immutable" exists only there. Escapes every character with a meaning in a URI.
std::string file_uri(const std::string& path, DatabaseAccess access) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      const auto octet = static_cast<unsigned char>(c);
      uri += '%';
      uri += kDigits[octet >> 4U];
      uri += kDigits[octet & 0x0FU];
    } else {
      uri += c;
    }
  }
  if (access == DatabaseAccess::immutable) uri += "?immutable=1";
  return uri;
}

// SQLite's memory statistics cost a lock for every allocation. Only before its first use.
void configure_library() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // NOLINT(*-vararg)
  static_cast<void>(once);
}

}  // namespace

Database::Database(sqlite3* handle, const DatabaseOptions& options)
    : handle_(handle), path_(options.path), role_(options.role) {}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      path_(std::move(other.path_)),
      role_(std::move(other.role_)),
      statements_(std::move(other.statements_)) {
  other.statements_.clear();
}

Database::~Database() {
  for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

Result<Database> Database::open(const DatabaseOptions& options) {
  configure_library();
  const int mode =
      options.access == DatabaseAccess::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  // A VFS that is not the file system has no empty file made for us beforehand.
  const int create =
      options.access == DatabaseAccess::read_write && !options.vfs.empty() ? SQLITE_OPEN_CREATE : 0;
  const int flags = mode | create | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file_uri(options.path, options.access).c_str(), &handle, flags,
                                   options.vfs.empty() ? nullptr : options.vfs.c_str());
  Database database(handle, options);
  if (code != SQLITE_OK) return database.failure(code);
  CC_TRY(database.configure(options));
  return database;
}

void Database::set_limits() {
  static constexpr std::array<std::pair<int, int>, 11> kLimits{{
      {SQLITE_LIMIT_LENGTH, 4 * 1024 * 1024},
      {SQLITE_LIMIT_SQL_LENGTH, 64 * 1024},
      {SQLITE_LIMIT_COLUMN, 100},
      {SQLITE_LIMIT_EXPR_DEPTH, 50},
      {SQLITE_LIMIT_COMPOUND_SELECT, 5},
      {SQLITE_LIMIT_VDBE_OP, 25000},
      {SQLITE_LIMIT_FUNCTION_ARG, 8},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
      {SQLITE_LIMIT_VARIABLE_NUMBER, 100},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 5},  // deleting a job takes what hangs on it along
  }};
  for (const auto& [limit, value] : kLimits) sqlite3_limit(handle_, limit, value);
}

Status Database::configure(const DatabaseOptions& options) {
  set_limits();
  // A damaged or planted file must not make SQLite run the file's code or trust its sizes.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);       // NOLINT(*-vararg)
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);  // NOLINT(*-vararg)
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);     // NOLINT(*-vararg)
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);  // NOLINT(*-vararg)
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);     // NOLINT(*-vararg)
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  CC_TRY(
      execute("PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; "
              "PRAGMA mmap_size = 0"));
  CC_TRY(execute(("PRAGMA cache_size = -" + std::to_string(options.cache_kib)).c_str()));
  if (options.access != DatabaseAccess::read_write) return execute("PRAGMA query_only = ON");
  // EXTRA is FULL in WAL mode; before that, while a new file becomes a WAL database, it also makes
  // the end of the rollback journal durable, which could come back after a power cut and undo all.
  CC_TRY(
      execute("PRAGMA synchronous = EXTRA; PRAGMA journal_mode = WAL;"
              "PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864"));
  if (options.max_pages > 0) {
    CC_TRY(execute(("PRAGMA max_page_count = " + std::to_string(options.max_pages)).c_str()));
  }
  return {};
}

Status Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

Result<std::int64_t> Database::integer(StaticSql sql) {
  Query query(*this, sql);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return damaged("does not answer `" + std::string(sql.text()) + "`");
  return query.integer(0);
}

Error Database::failure(int code) const {
  const char* detail = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  return sqlite_error(code, detail, role_, path_);
}

Error Database::damaged(const std::string& what) const { return damaged_error(what, role_, path_); }

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Result<sqlite3_stmt*> Database::prepared(StaticSql sql) {
  const auto known = statements_.find(sql.text());
  if (known != statements_.end()) return known->second;
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql.text(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure(code);
  statements_.emplace(sql.text(), statement);
  return statement;
}

void Database::leave_log() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);  // NOLINT(*-vararg)
}

}  // namespace certconnector::store
