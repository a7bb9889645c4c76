// Rows of a table over to the same table of another database, column by column of the same name.
// Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/sqlite/database.h"
#include "agent/store/sqlite/row_writer.h"

struct sqlite3_stmt;

namespace certconnector::store {

class TableCopy {
 public:
  // `by`: the column by which select() chooses rows; empty: all rows. Both databases outlive it.
  [[nodiscard]] static Result<TableCopy> open(Database& from, Database& to,
                                              const std::string& table, const std::string& by = {});

  // Begins anew with the rows of this value.
  void select(std::int64_t value);
  // Whether there is a (next) row. The values live until the next call.
  [[nodiscard]] Result<bool> next();
  [[nodiscard]] bool is_null(std::string_view column) const;
  [[nodiscard]] std::int64_t integer(std::string_view column) const;
  [[nodiscard]] std::string_view text(std::string_view column) const;
  [[nodiscard]] ByteView blob(std::string_view column) const;

  // False: there is such a row, or a constraint denies it.
  [[nodiscard]] Result<bool> write(const ColumnValues& instead);

 private:
  using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;
  TableCopy(Database& from, Database& to, std::vector<std::string> columns)
      : from_(&from), to_(&to), columns_(std::move(columns)) {}
  [[nodiscard]] int place(std::string_view column) const;

  Database* from_;
  Database* to_;
  std::vector<std::string> columns_;
  Statement read_{nullptr, nullptr};
  Statement write_{nullptr, nullptr};
};

}  // namespace certconnector::store
