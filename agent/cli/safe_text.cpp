#include "agent/cli/safe_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace certconnector::cli {

namespace {

struct Character {
  char32_t code = 0;
  std::size_t size = 0;  // octets; 0: not UTF-8
};

bool is_continuation(char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U; }

// The first character of `text`, which is not empty. RFC 3629: no overlong forms, no surrogates.
Character first_character(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {};
  char32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return {};
    code = (code << 6U) | (static_cast<std::uint8_t>(text[i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest.at(size) || code > 0x10FFFF || surrogate) return {};
  return {code, size};
}

bool is_harmless(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return false;
  const bool direction = code == 0x061C || (code >= 0x200E && code <= 0x200F) ||
                         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool line_break = code == 0x2028 || code == 0x2029;
  return !direction && !line_break;
}

void append_escaped(std::string& out, std::string_view octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : octets) {
    const auto octet = static_cast<std::uint8_t>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += "\\x";
      out += kDigits[octet >> 4U];
      out += kDigits[octet & 0x0FU];
    }
  }
}

}  // namespace

std::string safe(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    const std::size_t size = c.size == 0 ? 1 : c.size;
    if (c.size != 0 && is_harmless(c.code)) {
      out += text.substr(0, size);
    } else {
      append_escaped(out, text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  return out;
}

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
