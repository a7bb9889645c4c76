#include "agent/store/sqlite/stored_tables.h"

#include <algorithm>
#include <utility>

namespace certconnector::store {
namespace {

const StoredValue kNull;

// sqlite_schema(type, name, tbl_name, rootpage, sql), from page 1 on.
StoredLayout catalog_layout() {
  StoredLayout layout{"sqlite_schema", false, true, {}, {}};
  for (const char* text : {"type", "name", "tbl_name"}) {
    layout.columns.push_back({text, StoredType::text, true, {}});
  }
  layout.columns.push_back({"rootpage", StoredType::integer, true, {}});
  layout.columns.push_back({"sql", StoredType::text, false, {}});
  return layout;
}

}  // namespace

NamedRow::NamedRow(const StoredLayout& layout, const StoredRow& row)
    : layout_(layout), row_(row), rowid_(row.rowid) {}

const StoredValue& NamedRow::value(std::string_view column) const {
  const auto at = layout_.column(column);
  if (!at) return kNull;
  if (layout_.rowid == at) return rowid_;
  return *at < row_.values.size() ? row_.values[*at] : layout_.columns[*at].otherwise;
}

std::int64_t NamedRow::integer(std::string_view column) const {
  const auto* held = std::get_if<std::int64_t>(&value(column));
  return held == nullptr ? 0 : *held;
}

std::string_view NamedRow::text(std::string_view column) const {
  const auto* held = std::get_if<std::string>(&value(column));
  return held == nullptr ? std::string_view() : std::string_view(*held);
}

ByteView NamedRow::blob(std::string_view column) const {
  const auto* held = std::get_if<Bytes>(&value(column));
  return held == nullptr ? ByteView() : ByteView(*held);
}

Result<StoredTables> StoredTables::open(const std::string& path, const Schema& schema,
                                        const ReportPages& report) {
  CC_TRY_ASSIGN(PageFile file, PageFile::open(path));
  StoredTables tables(std::move(file));
  tables.seen_.resize(std::size_t{tables.file_.pages()} + 1);
  const std::size_t newest = schema.steps.size();
  const std::size_t version = tables.file_.user_version();
  CC_TRY_ASSIGN(auto layouts,
                layouts_of(schema, version == 0 ? newest : std::min(version, newest)));
  for (StoredLayout& layout : layouts) {
    Stored& stored = tables.stored_[layout.name];
    stored.layout = std::move(layout);
  }
  const auto roots = tables.read_roots();
  // The tables' own pages before those of indexes, which a damaged tree could lead to.
  for (const bool indexes : {false, true}) {
    for (auto& [name, stored] : tables.stored_) {
      if (stored.layout.is_index != indexes) continue;
      const auto root = roots.find(name);
      // A file has its roots where a new one has them, unless a migration has added them.
      tables.follow(root == roots.end() ? stored.layout.first_root : root->second, stored);
    }
  }
  tables.pass_over_free_pages();
  CC_TRY(tables.find_alone(report));
  return tables;
}

std::map<std::string, std::uint32_t> StoredTables::read_roots() {
  Stored catalog;
  catalog.layout = catalog_layout();
  follow(1, catalog);
  std::map<std::string, std::uint32_t> roots;
  const auto note = [&roots](const NamedRow& row) {
    roots.emplace(row.text("name"), static_cast<std::uint32_t>(row.integer("rootpage")));
    return Status();
  };
  static_cast<void>(visit_pages(catalog, catalog.pages, note).ok());
  return roots;
}

// Whether the page is one of this tree's.
bool StoredTables::take(std::uint32_t number, const BtreePage& page, Stored& stored) {
  if (is_table(page.kind) != stored.layout.in_table_pages) return false;
  const auto fitting = std::count_if(page.rows.begin(), page.rows.end(),
                                     [&](const auto& row) { return stored.layout.fits(row); });
  if (fitting == 0 && !page.rows.empty()) return false;
  seen_[number] = true;
  stored.damage.rows += page.damaged_cells + page.rows.size() - static_cast<std::size_t>(fitting);
  if (fitting != 0) stored.pages.push_back(number);
  return true;
}

void StoredTables::follow(std::uint32_t root, Stored& stored) {
  std::vector<std::uint32_t> open{root};
  while (!open.empty()) {
    const std::uint32_t number = open.back();
    open.pop_back();
    const bool known = number < seen_.size() && seen_[number];
    const auto page = known ? std::nullopt : read_btree_page(file_, number);
    if (!page || !take(number, *page, stored)) {
      ++stored.damage.pages;
      continue;
    }
    open.insert(open.end(), page->children.rbegin(), page->children.rend());
  }
}

void StoredTables::pass_over_free_pages() {
  std::uint32_t trunk = file_.first_free_page();
  while (trunk != 0 && trunk < seen_.size() && !seen_[trunk]) {
    const auto page = file_.page(trunk);
    if (!page) return;
    seen_[trunk] = true;
    const std::uint32_t count = read_big_endian(*page, 4, 4);
    for (std::size_t i = 0; i < count && 12 + 4 * i <= page->size(); ++i) {
      const std::uint32_t leaf = read_big_endian(*page, 8 + 4 * i, 4);
      if (leaf < seen_.size()) seen_[leaf] = true;
    }
    trunk = read_big_endian(*page, 0, 4);
  }
}

Status StoredTables::find_alone(const ReportPages& report) {
  constexpr std::uint32_t kPagesPerReport = 1024;
  for (std::uint32_t number = 1; number < seen_.size(); ++number) {
    if (number % kPagesPerReport == 0) CC_TRY(report(number, seen_.size()));
    if (seen_[number] || file_.is_pointer_map(number)) continue;
    const auto page = read_btree_page(file_, number);
    if (!page) continue;
    for (auto& [name, stored] : stored_) {
      const StoredLayout& layout = stored.layout;
      const bool own = layout.recognizable && is_table(page->kind) == layout.in_table_pages &&
                       std::any_of(page->rows.begin(), page->rows.end(), [&](const auto& row) {
                         return row.values.size() == layout.columns.size() && layout.fits(row);
                       });
      if (!own) continue;
      stored.found_alone.push_back(number);
      stored.damage.rows += page->damaged_cells;
    }
  }
  return {};
}

Status StoredTables::visit_pages(const Stored& stored, const std::vector<std::uint32_t>& pages,
                                 const VisitRow& visit) {
  for (const std::uint32_t number : pages) {
    const auto page = read_btree_page(file_, number);
    if (!page) continue;
    for (const StoredRow& row : page->rows) {
      if (stored.layout.fits(row)) CC_TRY(visit(NamedRow(stored.layout, row)));
    }
  }
  return {};
}

Status StoredTables::for_each(const std::string& name, const VisitRow& visit) {
  const auto stored = stored_.find(name);
  if (stored == stored_.end()) return {};
  CC_TRY(visit_pages(stored->second, stored->second.pages, visit));
  return visit_pages(stored->second, stored->second.found_alone, visit);
}

StoredDamage StoredTables::damage(const std::string& name) const {
  const auto stored = stored_.find(name);
  return stored == stored_.end() ? StoredDamage() : stored->second.damage;
}

bool StoredTables::has_rows() const {
  return std::any_of(stored_.begin(), stored_.end(), [](const auto& named) {
    return !named.second.pages.empty() || !named.second.found_alone.empty();
  });
}

std::vector<std::string> StoredTables::columns(const std::string& table) const {
  std::vector<std::string> names;
  const auto stored = stored_.find(table);
  if (stored == stored_.end()) return names;
  for (const StoredColumn& column : stored->second.layout.columns) names.push_back(column.name);
  return names;
}

}  // namespace certconnector::store
