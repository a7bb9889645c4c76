// One page of a b-tree: its kind, its children and its rows. Cells that do not fit are left out and
// counted. https://www.sqlite.org/fileformat2.html#b_tree_pages
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/store/sqlite/page_file.h"
#include "agent/store/sqlite/stored_row.h"

namespace certconnector::store {

enum class PageKind : std::uint8_t {
  index_interior = 2,
  table_interior = 5,
  index_leaf = 10,
  table_leaf = 13
};
[[nodiscard]] constexpr bool is_table(PageKind kind) {
  return kind == PageKind::table_interior || kind == PageKind::table_leaf;
}
[[nodiscard]] constexpr bool is_interior(PageKind kind) {
  return kind == PageKind::table_interior || kind == PageKind::index_interior;
}

struct StoredRow {
  std::int64_t rowid = 0;  // of a table; 0 in an index
  StoredValues values;
};

struct BtreePage {
  PageKind kind = PageKind::table_leaf;
  std::vector<std::uint32_t> children;
  std::vector<StoredRow> rows;
  std::uint64_t damaged_cells = 0;
};

// Nothing: the page cannot be read, or is no page of a b-tree.
[[nodiscard]] std::optional<BtreePage> read_btree_page(PageFile& file, std::uint32_t number);

}  // namespace certconnector::store
