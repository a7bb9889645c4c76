#include "agent/store/sqlite/table_copy.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

Result<std::vector<std::string>> columns_of(Database& database, const std::string& table) {
  std::vector<std::string> names;
  Query query(database, "SELECT name FROM pragma_table_info(?)", table);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return names;
    names.emplace_back(query.text(0));
  }
}

Result<std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>> prepare(Database& database,
                                                                      const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement, nullptr);
  if (code != SQLITE_OK) return database.failure(code);
  return std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>(statement, sqlite3_finalize);
}

}  // namespace

Result<TableCopy> TableCopy::open(Database& from, Database& to, const std::string& table,
                                  const std::string& by) {
  CC_TRY_ASSIGN(std::vector<std::string> columns, columns_of(to, table));
  CC_TRY_ASSIGN(const std::vector<std::string> there, columns_of(from, table));
  const auto is_missing = [&](const std::string& column) {
    return std::find(there.begin(), there.end(), column) == there.end();
  };
  columns.erase(std::remove_if(columns.begin(), columns.end(), is_missing), columns.end());
  std::string names;
  std::string values;
  for (const std::string& column : columns) {
    names += (names.empty() ? "\"" : ", \"") + column + "\"";
    values += values.empty() ? "?" : ", ?";
  }
  TableCopy copy(from, to, std::move(columns));
  const std::string where = by.empty() ? "" : " WHERE \"" + by + "\" = ?";
  CC_TRY_ASSIGN(copy.read_, prepare(from, "SELECT " + names + " FROM " + table + where));
  CC_TRY_ASSIGN(copy.write_, prepare(to, "INSERT OR IGNORE INTO " + table + "(" + names +
                                             ") VALUES (" + values + ")"));
  return copy;
}

void TableCopy::select(std::int64_t value) {
  sqlite3_reset(read_.get());
  sqlite3_bind_int64(read_.get(), 1, value);
}

Result<bool> TableCopy::next() {
  const int code = sqlite3_step(read_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return from_->failure(code);
}

int TableCopy::place(std::string_view column) const {
  return static_cast<int>(std::find(columns_.begin(), columns_.end(), column) - columns_.begin());
}

bool TableCopy::is_null(std::string_view column) const {
  return sqlite3_column_type(read_.get(), place(column)) == SQLITE_NULL;
}

std::int64_t TableCopy::integer(std::string_view column) const {
  return sqlite3_column_int64(read_.get(), place(column));
}

std::string_view TableCopy::text(std::string_view column) const {
  const ByteView octets = blob(column);
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};  // NOLINT(*-reinterpret-*)
}

ByteView TableCopy::blob(std::string_view column) const {
  const int at = place(column);
  const void* octets = sqlite3_column_blob(read_.get(), at);
  return {static_cast<const std::uint8_t*>(octets),
          static_cast<std::size_t>(sqlite3_column_bytes(read_.get(), at))};
}

Result<bool> TableCopy::write(const ColumnValues& instead) {
  sqlite3_reset(write_.get());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const int at = static_cast<int>(i);
    const auto other = instead.find(columns_[i]);
    const int bound =
        other == instead.end()
            ? sqlite3_bind_value(write_.get(), at + 1, sqlite3_column_value(read_.get(), at))
            : bind_stored(write_.get(), at + 1, other->second);
    if (bound != SQLITE_OK) return to_->failure(bound);
  }
  const int code = sqlite3_step(write_.get());
  if (code == SQLITE_DONE) return to_->changes() != 0;
  if ((code & 0xFF) == SQLITE_CONSTRAINT) return false;
  return to_->failure(code);
}

}  // namespace certconnector::store
