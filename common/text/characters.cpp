#include "common/text/characters.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/text/hex.h"

namespace certconnector::text {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr std::array<Range, 12> kMisleading{{
    {0x0000, 0x001F},    // C0
    {0x007F, 0x009F},    // DEL, C1
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // combining grapheme joiner
    {0x061C, 0x061C},    // Arabic letter mark
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200F},    // zero width, direction marks
    {0x2028, 0x202E},    // line separators, direction
    {0x2060, 0x206F},    // word joiner, invisible operators, direction
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFF9, 0xFFFB},    // interlinear annotation
    {0xE0000, 0xE007F},  // tags
}};

bool is_continuation(char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U; }

void append_unit(std::string& out, unsigned unit) {
  const std::array<std::uint8_t, 2> octets{static_cast<std::uint8_t>(unit >> 8U),
                                           static_cast<std::uint8_t>(unit & 0xFFU)};
  out += "\\u" + to_hex({octets.data(), octets.size()});
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

bool is_misleading(char32_t code) {
  return std::any_of(kMisleading.begin(), kMisleading.end(),
                     [code](const Range& r) { return code >= r.first && code <= r.last; });
}

void append_json_escape(std::string& out, char32_t code) {
  constexpr char32_t kTwoUnits = 0x10000;
  if (code < kTwoUnits) return append_unit(out, static_cast<unsigned>(code));
  const char32_t rest = code - kTwoUnits;
  append_unit(out, 0xD800U + static_cast<unsigned>(rest >> 10U));
  append_unit(out, 0xDC00U + static_cast<unsigned>(rest & 0x3FFU));
}

std::string visible_text(std::string_view unsafe) {
  std::string out;
  out.reserve(unsafe.size());
  while (!unsafe.empty()) {
    const Character c = first_character(unsafe);
    const std::size_t size = c.size == 0 ? 1 : c.size;
    if (c.size != 0 && !is_misleading(c.code)) {
      out += unsafe.substr(0, size);
    } else {
      append_escaped(out, unsafe.substr(0, size));
    }
    unsafe.remove_prefix(size);
  }
  return out;
}

std::string visible_json(std::string_view json) {
  constexpr char32_t kBlank = 0x20;
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const Character c = first_character(json);
    const std::size_t size = std::max<std::size_t>(c.size, 1);
    if (c.code >= kBlank && is_misleading(c.code)) {
      append_json_escape(out, c.code);
    } else {
      out += json.substr(0, size);
    }
    json.remove_prefix(size);
  }
  return out;
}

}  // namespace certconnector::text
