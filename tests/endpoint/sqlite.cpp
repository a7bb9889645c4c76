#include "tests/endpoint/sqlite.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "tests/endpoint/errors.h"

namespace certconnector::endpoint {
namespace {

Error storage_error(sqlite3* db, std::string_view doing) {
  const char* why = db == nullptr ? "out of memory" : sqlite3_errmsg(db);
  return {EndpointErrc::storage, ErrorKind::transient, std::string(doing) + ": " + why};
}

}  // namespace

Query::Query(sqlite3* db, sqlite3_stmt* statement, int rc)
    : db_(db), statement_(statement), rc_(rc) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::int64_t value) {
  if (rc_ == SQLITE_OK) rc_ = sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Query& Query::bind(std::string_view value) {
  if (rc_ == SQLITE_OK) {
    // An empty view may have no address, which SQLite would take for NULL.
    const char* data = value.empty() ? "" : value.data();
    rc_ = sqlite3_bind_text64(statement_, ++bound_, data, value.size(), SQLITE_TRANSIENT,  // NOLINT
                              SQLITE_UTF8);
  }
  return *this;
}

Query& Query::bind(const std::optional<std::int64_t>& value) {
  if (value) return bind(*value);
  if (rc_ == SQLITE_OK) rc_ = sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

Result<bool> Query::next() {
  if (rc_ != SQLITE_OK) return storage_error(db_, "preparing a query");
  const int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return storage_error(db_, "running a query");
}

Status Query::run() {
  const auto row = next();
  if (!row) return row.error();
  return {};
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Query::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Durability durability) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int rc = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  std::unique_ptr<Database> db(new Database(raw));
  if (rc != SQLITE_OK) return storage_error(raw, "opening " + path);
  ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
  CC_TRY(
      db->execute("PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                  "PRAGMA cache_size=-65536;"));
  CC_TRY(db->execute(durability == Durability::full ? "PRAGMA synchronous=FULL"
                                                    : "PRAGMA synchronous=OFF"));
  return db;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Status Database::execute(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return storage_error(db_, "running a statement");
}

Query Database::query(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  int rc = SQLITE_OK;
  if (statement == nullptr) {
    rc = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  }
  return {db_, statement, rc};
}

std::int64_t Database::changes() const { return sqlite3_changes(db_); }

Result<Transaction> Transaction::begin(Database& db) {
  CC_TRY(db.execute("BEGIN IMMEDIATE"));
  return Transaction(db);
}

Transaction::~Transaction() {
  if (db_ != nullptr) static_cast<void>(db_->execute("ROLLBACK").ok());
}

Status Transaction::commit() {
  CC_TRY(db_->execute("COMMIT"));
  db_ = nullptr;
  return {};
}

}  // namespace certconnector::endpoint
