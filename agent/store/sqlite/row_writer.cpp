#include "agent/store/sqlite/row_writer.h"

#include <sqlite3.h>

#include <algorithm>

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {

StoredValue stored_head(std::string_view id) {
  const auto head = head_of_id(id);
  return head ? StoredValue(*head) : StoredValue();
}

int bind_stored(sqlite3_stmt* statement, int parameter, const StoredValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, parameter, *number);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, parameter, *real);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, parameter, text->data(), text->size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Bytes>(&value)) {
    return blob->empty() ? sqlite3_bind_zeroblob(statement, parameter, 0)
                         : sqlite3_bind_blob64(statement, parameter, blob->data(), blob->size(),
                                               SQLITE_TRANSIENT);
  }
  return sqlite3_bind_null(statement, parameter);
}

RowWriter::RowWriter(Database& to, Statement statement, std::vector<std::string> columns)
    : to_(&to), statement_(std::move(statement)), columns_(std::move(columns)) {}

Result<RowWriter> RowWriter::open(Database& to, const std::string& table,
                                  const std::vector<std::string>& columns) {
  std::vector<std::string> both;
  std::string names;
  std::string values;
  Query query(to, "SELECT name FROM pragma_table_info(?)", table);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) break;
    const std::string name(query.text(0));
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) continue;
    names += (both.empty() ? "\"" : ", \"") + name + "\"";
    values += both.empty() ? "?" : ", ?";
    both.push_back(name);
  }
  const std::string sql =
      "INSERT OR IGNORE INTO " + table + "(" + names + ") VALUES (" + values + ")";
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(to.handle(), sql.c_str(), -1, &statement, nullptr);
  if (code != SQLITE_OK) return to.failure(code);
  return RowWriter(to, Statement(statement, sqlite3_finalize), std::move(both));
}

Result<bool> RowWriter::write(const NamedRow& row, const ColumnValues& instead) {
  sqlite3_reset(statement_.get());
  int parameter = 0;
  for (const std::string& column : columns_) {
    const auto other = instead.find(column);
    const int bound = bind_stored(statement_.get(), ++parameter,
                                  other == instead.end() ? row.value(column) : other->second);
    if (bound != SQLITE_OK) return to_->failure(bound);
  }
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_DONE) return to_->changes() != 0;
  if ((code & 0xFF) == SQLITE_CONSTRAINT) return false;
  return to_->failure(code);
}

}  // namespace certconnector::store
