#include "agent/cli/safe_text.h"

#include <algorithm>
#include <cstdint>

namespace certconnector::cli {

namespace {

bool is_continuation(char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::string safe_lines(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = text.find('\n');
    out += safe(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += is_continuation(c) ? 0U : 1U;
  return count;
}

std::string shortened(std::string_view text, std::size_t width) {
  constexpr std::string_view kCut = "...";
  if (columns(text) <= width) return std::string(text);
  const std::size_t keep = width > kCut.size() ? width - kCut.size() : 0;
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size(); ++end) {
    if (!is_continuation(text[end]) && ++count > keep) break;
  }
  return std::string(text.substr(0, end)) + std::string(kCut.substr(0, width));
}

std::string wrapped(std::string_view text, std::size_t first_column, std::size_t indent,
                    std::size_t width) {
  std::string out;
  std::size_t column = first_column;
  bool line_begins = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word = safe(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t blank = line_begins ? 0 : 1;
    if (!line_begins && column + blank + columns(word) > width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else {
      out.append(blank, ' ');
      column += blank;
    }
    out += word;
    column += columns(word);
    line_begins = false;
  }
  return out;
}

}  // namespace certconnector::cli
