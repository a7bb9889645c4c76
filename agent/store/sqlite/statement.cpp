#include "agent/store/sqlite/statement.h"

#include <sqlite3.h>

namespace certconnector::store {
void Query::prepare(StaticSql sql) {
  auto statement = database_->prepared(sql);
  if (!statement.ok()) {
    error_ = std::move(statement).error();
    return;
  }
  statement_ = *statement;
}

Query::~Query() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

void Query::bind_integer(std::int64_t value) {
  if (error_) return;
  const int code = sqlite3_bind_int64(statement_, next_parameter_++, value);
  if (code != SQLITE_OK) error_ = database_->failure(code);
}

void Query::bind_null() {
  if (error_) return;
  const int code = sqlite3_bind_null(statement_, next_parameter_++);
  if (code != SQLITE_OK) error_ = database_->failure(code);
}

void Query::expect_all_bound() {
  if (error_ || sqlite3_bind_parameter_count(statement_) == next_parameter_ - 1) return;
  error_ = Error(StoreErrc::internal, ErrorKind::permanent,
                 std::string("a query has parameters without values: ") + sqlite3_sql(statement_));
}

void Query::bind(std::string_view text) {
  if (error_) return;
  const int code = sqlite3_bind_text64(statement_, next_parameter_++, text.data(), text.size(),
                                       SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) error_ = database_->failure(code);
}

void Query::bind(ByteView blob) {
  if (error_) return;
  const int code = blob.empty() ? sqlite3_bind_zeroblob(statement_, next_parameter_++, 0)
                                : sqlite3_bind_blob64(statement_, next_parameter_++, blob.data(),
                                                      blob.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) error_ = database_->failure(code);
}

Result<bool> Query::next() {
  if (error_) return *error_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  error_ = database_->failure(code);
  return *error_;
}

Status Query::run() {
  CC_TRY(next());
  return {};
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<std::int64_t> Query::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<Timestamp> Query::optional_time(int column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

std::string_view Query::text(int column) const {
  const auto* data = sqlite3_column_text(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  if (data == nullptr) return {};
  return {reinterpret_cast<const char*>(data), size};
}

ByteView Query::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? ByteView() : ByteView(data, size);
}

}  // namespace certconnector::store
