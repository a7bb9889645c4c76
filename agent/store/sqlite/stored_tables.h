// The rows of a database file that may be damaged, table by table.
//
// It goes through the b-trees from their roots, past every page that does not fit. Then it looks at
// each page that no b-tree led to: such a page belongs to the table whose rows it holds. So a
// damaged inner page costs none of the rows below it, and a damaged first page costs no table.
// Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/sqlite/page_file.h"
#include "agent/store/sqlite/stored_layout.h"
#include "common/result/result.h"

namespace certconnector::store {

// A row, by the names of its columns. Lives as long as the visit.
class NamedRow {
 public:
  NamedRow(const StoredLayout& layout, const StoredRow& row);

  // NULL where there is no such column.
  [[nodiscard]] const StoredValue& value(std::string_view column) const;
  [[nodiscard]] std::int64_t integer(std::string_view column) const;  // 0: another type
  [[nodiscard]] std::string_view text(std::string_view column) const;
  [[nodiscard]] ByteView blob(std::string_view column) const;

 private:
  const StoredLayout& layout_;
  const StoredRow& row_;
  StoredValue rowid_;
};
using VisitRow = std::function<Status(const NamedRow& row)>;

struct StoredDamage {
  std::uint64_t pages = 0;  // that could not be read; without those below a damaged inner page
  std::uint64_t rows = 0;   // that could not be read in a page that could

  [[nodiscard]] bool any() const { return pages != 0 || rows != 0; }
};

// Pages done of pages to do. Ends the work by an error.
using ReportPages = std::function<Status(std::uint64_t done, std::uint64_t of)>;

class StoredTables {
 public:
  // Errors: transient (the file cannot be opened), and those of `report`.
  [[nodiscard]] static Result<StoredTables> open(const std::string& path, const Schema& schema,
                                                 const ReportPages& report);

  // Of a table or an index by its name, rows that the tree led to first. A row of a page that was
  // found alone may come twice, or from before a change.
  [[nodiscard]] Status for_each(const std::string& name, const VisitRow& visit);
  [[nodiscard]] StoredDamage damage(const std::string& name) const;
  [[nodiscard]] bool has_rows() const;
  [[nodiscard]] std::vector<std::string> columns(const std::string& table) const;

 private:
  struct Stored {
    StoredLayout layout;
    StoredDamage damage;
    std::vector<std::uint32_t> pages;
    std::vector<std::uint32_t> found_alone;
  };

  explicit StoredTables(PageFile file) : file_(std::move(file)) {}
  [[nodiscard]] std::map<std::string, std::uint32_t> read_roots();
  void follow(std::uint32_t root, Stored& stored);
  [[nodiscard]] bool take(std::uint32_t number, const BtreePage& page, Stored& stored);
  void pass_over_free_pages();
  [[nodiscard]] Status find_alone(const ReportPages& report);
  [[nodiscard]] Status visit_pages(const Stored& stored, const std::vector<std::uint32_t>& pages,
                                   const VisitRow& visit);

  PageFile file_;
  std::vector<bool> seen_;  // by page number
  std::map<std::string, Stored> stored_;
};

}  // namespace certconnector::store
