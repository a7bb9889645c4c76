// How the rows of a table or an index look in a page, by the schema that made it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/sqlite/btree_page.h"
#include "agent/store/sqlite/migrations.h"
#include "common/result/result.h"

namespace certconnector::store {

enum class StoredType { integer, real, text, blob };

struct StoredColumn {
  std::string name;
  StoredType type = StoredType::integer;
  bool not_null = false;
  StoredValue otherwise;  // in rows from before the column
};

struct StoredLayout {
  std::string name;
  bool is_index = false;
  bool in_table_pages = false;        // else in those of an index, as a table WITHOUT ROWID is
  std::vector<StoredColumn> columns;  // in the order of a record
  std::optional<std::size_t> rowid;   // the column that stands for it
  std::uint32_t first_root = 0;       // its root page in a new file
  // Whether a page is known to be its own by the rows alone.
  bool recognizable = false;

  [[nodiscard]] std::optional<std::size_t> column(std::string_view named) const;
  // Whether it can be a row of this: types, NULLs, the number of columns.
  [[nodiscard]] bool fits(const StoredRow& row) const;
};

// Every table and index of the schema's first `version` steps. Errors: internal.
[[nodiscard]] Result<std::vector<StoredLayout>> layouts_of(const Schema& schema,
                                                           std::size_t version);

}  // namespace certconnector::store
