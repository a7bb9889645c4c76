// Aligned tables that fit a screen. Where one does not fit, columns without content are left out,
// and then those that may shrink are cut.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "agent/cli/paint.h"

namespace certconnector::cli {

struct Column {
  std::string title;
  bool to_the_right = false;  // numbers
  bool may_shrink = false;    // cut when the table does not fit; others never are
};

struct Cell {
  Cell(std::string t, Style s = Style::plain) : text(std::move(t)), style(s) {}  // NOLINT: implicit
  std::string text;  // safe for a terminal
  Style style = Style::plain;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // One cell for each column; missing ones at the end are empty.
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  void print(std::ostream& out, const Paint& paint) const;

 private:
  [[nodiscard]] std::vector<std::size_t> natural_widths() const;
  [[nodiscard]] std::vector<std::size_t> widths(std::size_t screen) const;
  // Nothing in it, or zeros alone.
  [[nodiscard]] bool is_empty(std::size_t column) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace certconnector::cli
