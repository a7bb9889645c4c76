#include "agent/store/sqlite/stored_layout.h"

#include <algorithm>

#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kTables[] =
    "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
    "AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name";
constexpr char kColumns[] =
    "SELECT name, type, \"notnull\" OR pk > 0, dflt_value, pk FROM pragma_table_info(?)";
constexpr char kIndexes[] = "SELECT name, origin FROM pragma_index_list(?)";
constexpr char kIndexColumns[] = "SELECT cid FROM pragma_index_xinfo(?) ORDER BY seqno";

constexpr char kRoot[] = "SELECT rootpage FROM sqlite_schema WHERE name = ?";

struct TableColumn {
  StoredColumn column;
  std::int64_t key = 0;  // its place in the primary key, from 1
};

StoredType type_of(std::string_view name) {
  if (name == "TEXT") return StoredType::text;
  if (name == "BLOB") return StoredType::blob;
  return name == "REAL" ? StoredType::real : StoredType::integer;
}

// Of a literal, which is all that our schemas use.
StoredValue default_of(std::string_view literal) {
  if (literal.empty()) return {};
  if (literal.front() == '\'') return std::string(literal.substr(1, literal.size() - 2));
  return static_cast<std::int64_t>(std::stoll(std::string(literal)));
}

bool is_of(const StoredColumn& column, const StoredValue& value) {
  if (is_null(value)) return !column.not_null;
  switch (column.type) {
    case StoredType::integer:
      return std::holds_alternative<std::int64_t>(value);
    case StoredType::real:
      return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
    case StoredType::text:
      return std::holds_alternative<std::string>(value);
    case StoredType::blob:
      return std::holds_alternative<Bytes>(value);
  }
  return false;
}

class LayoutReader {
 public:
  explicit LayoutReader(Database& database) : database_(database) {}

  Result<std::vector<StoredLayout>> read() {
    CC_TRY_ASSIGN(const auto tables, pairs(kTables, {}));
    for (const auto& [name, without_rowid] : tables) {
      CC_TRY(read_table(name, without_rowid == "1"));
    }
    for (StoredLayout& layout : layouts_) layout.recognizable = is_recognizable(layout);
    CC_TRY(read_roots());
    return std::move(layouts_);
  }

 private:
  using Pair = std::pair<std::string, std::string>;

  Result<std::vector<Pair>> pairs(StaticSql sql, const std::optional<std::string>& of) {
    if (of) {
      Query query(database_, sql, *of);
      return read_pairs(query);
    }
    Query query(database_, sql);
    return read_pairs(query);
  }
  static Result<std::vector<Pair>> read_pairs(Query& query) {
    std::vector<Pair> all;
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return all;
      all.emplace_back(query.text(0), query.text(1));
    }
  }

  Result<std::vector<TableColumn>> columns_of(const std::string& table) {
    std::vector<TableColumn> columns;
    Query query(database_, kColumns, table);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return columns;
      columns.push_back({{std::string(query.text(0)), type_of(query.text(1)), query.integer(2) != 0,
                          default_of(query.text(3))},
                         query.integer(4)});
    }
  }

  Status read_table(const std::string& name, bool without_rowid) {
    CC_TRY_ASSIGN(const std::vector<TableColumn> columns, columns_of(name));
    StoredLayout table{name, false, !without_rowid, {}, {}};
    std::vector<TableColumn> stored = columns;
    if (without_rowid) {
      // The key comes first.
      std::stable_sort(stored.begin(), stored.end(), [](const auto& a, const auto& b) {
        return (a.key != 0 ? a.key : 1000) < (b.key != 0 ? b.key : 1000);
      });
    }
    for (const TableColumn& one : stored) {
      if (!without_rowid && one.key != 0) table.rowid = table.columns.size();
      table.columns.push_back(one.column);
    }
    layouts_.push_back(table);
    CC_TRY_ASSIGN(const auto indexes, pairs(kIndexes, name));
    for (const auto& [index, origin] : indexes) {
      if (origin != "pk") CC_TRY(read_index(index, table, columns));
    }
    return {};
  }

  Status read_index(const std::string& name, const StoredLayout& table,
                    const std::vector<TableColumn>& columns) {
    StoredLayout index{name, true, false, {}, {}};
    Query query(database_, kIndexColumns, name);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      const std::int64_t column = query.integer(0);
      index.columns.push_back(column < 0 ? table.columns[table.rowid.value_or(0)]
                                         : columns[static_cast<std::size_t>(column)].column);
    }
    layouts_.push_back(std::move(index));
    return {};
  }

  Status read_roots() {
    for (StoredLayout& layout : layouts_) {
      Query query(database_, kRoot, layout.name);
      CC_TRY_ASSIGN(const bool row, query.next());
      if (row) layout.first_root = static_cast<std::uint32_t>(query.integer(0));
    }
    return {};
  }

  // Tables must differ from all tables, and indexes from everything. That an index looks like a
  // table is seen by what the table's rows hold.
  [[nodiscard]] bool is_recognizable(const StoredLayout& layout) const {
    return std::none_of(layouts_.begin(), layouts_.end(), [&](const StoredLayout& other) {
      const bool compared = &other != &layout && (layout.is_index || !other.is_index) &&
                            other.in_table_pages == layout.in_table_pages;
      return compared && std::equal(layout.columns.begin(), layout.columns.end(),
                                    other.columns.begin(), other.columns.end(),
                                    [](const auto& a, const auto& b) { return a.type == b.type; });
    });
  }

  Database& database_;
  std::vector<StoredLayout> layouts_;
};

}  // namespace

std::optional<std::size_t> StoredLayout::column(std::string_view named) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == named) return i;
  }
  return std::nullopt;
}

bool StoredLayout::fits(const StoredRow& row) const {
  if (row.values.size() > columns.size()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i >= row.values.size()) {
      if (columns[i].not_null && is_null(columns[i].otherwise)) return false;
    } else if (rowid == i) {
      if (!is_null(row.values[i])) return false;
    } else if (!is_of(columns[i], row.values[i])) {
      return false;
    }
  }
  return true;
}

Result<std::vector<StoredLayout>> layouts_of(const Schema& schema, std::size_t version) {
  DatabaseOptions options;
  options.path = ":memory:";
  CC_TRY_ASSIGN(Database database, Database::open(options));
  Schema of_version{schema.application_id, schema.steps};
  of_version.steps.resize(std::min(version, schema.steps.size()));
  CC_TRY(create_schema(database, of_version));
  return LayoutReader(database).read();
}

}  // namespace certconnector::store
