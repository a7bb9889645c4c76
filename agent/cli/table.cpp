#include "agent/cli/table.h"

#include <algorithm>
#include <ostream>

#include "agent/cli/safe_text.h"

namespace certconnector::cli {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;  // a column that may shrink keeps this much

void print_cell(std::ostream& out, const Cell& cell, const Column& column, std::size_t width,
                bool last, const Paint& paint) {
  const std::string text = shortened(cell.text, width);
  const std::string padding(width - std::min(width, columns(text)), ' ');
  if (column.to_the_right) out << padding;
  out << paint(cell.style, text);
  if (last) return;
  if (!column.to_the_right) out << padding;
  out << std::string(kGap, ' ');
}

}  // namespace

std::vector<std::size_t> Table::natural_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns(columns_[i].title);
    for (const auto& row : rows_) {
      if (i < row.size()) width = std::max(width, columns(row[i].text));
    }
    widths.push_back(width);
  }
  return widths;
}

bool Table::is_empty(std::size_t column) const {
  return std::all_of(rows_.begin(), rows_.end(), [&](const std::vector<Cell>& row) {
    if (column >= row.size() || row[column].text.empty()) return true;
    return columns_[column].to_the_right && row[column].text == "0";
  });
}

// A column of width 0 is left out.
std::vector<std::size_t> Table::widths(std::size_t screen) const {
  std::vector<std::size_t> widths = natural_widths();
  std::size_t total = 0;
  for (const std::size_t width : widths) total += width + kGap;
  total -= std::min(total, kGap);
  // The rightmost columns go, and shrink, first: the left ones identify the row.
  for (std::size_t i = columns_.size(); i-- > 1 && total > screen;) {
    if (!is_empty(i)) continue;
    total -= widths[i] + kGap;
    widths[i] = 0;
  }
  for (std::size_t i = columns_.size(); i-- > 0 && total > screen;) {
    if (!columns_[i].may_shrink || widths[i] <= kNarrowest) continue;
    const std::size_t cut = std::min(total - screen, widths[i] - kNarrowest);
    widths[i] -= cut;
    total -= cut;
  }
  return widths;
}

void Table::print(std::ostream& out, const Paint& paint) const {
  const auto width = widths(paint.width());
  const auto print_row = [&](const std::vector<Cell>& row) {
    std::size_t last = row.size();
    while (last > 0 && (row[last - 1].text.empty() || width[last - 1] == 0)) --last;
    for (std::size_t i = 0; i < last; ++i) {
      if (width[i] != 0) print_cell(out, row[i], columns_[i], width[i], i + 1 == last, paint);
    }
    out << '\n';
  };
  std::vector<Cell> titles;
  for (const auto& column : columns_) titles.emplace_back(column.title, Style::dim);
  print_row(titles);
  for (const auto& row : rows_) print_row(row);
}

}  // namespace certconnector::cli
