// Inserts rows that were read from another file, column by column of the same name.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/sqlite/database.h"
#include "agent/store/sqlite/stored_tables.h"

struct sqlite3_stmt;

namespace certconnector::store {

// Values in the place of those that were read.
using ColumnValues = std::map<std::string_view, StoredValue>;

// head_of_id() of this text.
[[nodiscard]] StoredValue stored_head(std::string_view id);

// SQLite's result code.
[[nodiscard]] int bind_stored(sqlite3_stmt* statement, int parameter, const StoredValue& value);

class RowWriter {
 public:
  // Writes the columns of `table` in `to` that are in `columns`. It must outlive this.
  [[nodiscard]] static Result<RowWriter> open(Database& to, const std::string& table,
                                              const std::vector<std::string>& columns);

  // False: there is such a row, or a constraint denies it.
  [[nodiscard]] Result<bool> write(const NamedRow& row, const ColumnValues& instead = {});

 private:
  using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;
  RowWriter(Database& to, Statement statement, std::vector<std::string> columns);

  Database* to_;
  Statement statement_;
  std::vector<std::string> columns_;
};

}  // namespace certconnector::store
