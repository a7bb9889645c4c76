#include "common/crypto/directory_string.h"

#include <algorithm>

#include "common/crypto/der.h"
#include "common/text/characters.h"
#include "common/text/clip.h"

namespace certconnector::crypto {
namespace {

constexpr std::uint32_t kLastCodePoint = 0x10FFFF;

bool is_scalar(std::uint32_t c) {
  return c != 0 && c <= kLastCodePoint && (c < 0xD800 || c > 0xDFFF);
}

void append_utf8(std::uint32_t c, std::string& out) {
  const auto tail = [c](unsigned shift) { return static_cast<char>(0x80U | (c >> shift & 0x3FU)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0U | c >> 6U);
    out += tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0U | c >> 12U);
    out += tail(6);
    out += tail(0);
  } else {
    out += static_cast<char>(0xF0U | c >> 18U);
    out += tail(12);
    out += tail(6);
    out += tail(0);
  }
}

// Characters of `Width` octets each, big-endian: 1 is Latin-1, 2 UCS-2, 4 UCS-4.
std::optional<std::string> decode_fixed(ByteView value, std::size_t width) {
  if (value.size() % width != 0) return std::nullopt;
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); i += width) {
    std::uint32_t c = 0;
    for (std::size_t k = 0; k < width; ++k) c = c << 8U | value[i + k];
    if (!is_scalar(c)) return std::nullopt;
    append_utf8(c, out);
  }
  return out;
}

std::optional<std::string> decode_ascii(ByteView value, char first, char last) {
  const std::string_view text = as_text(value);
  const bool allowed =
      std::all_of(text.begin(), text.end(), [=](char c) { return c >= first && c <= last; });
  if (!allowed) return std::nullopt;
  return std::string(text);
}

bool is_control(char32_t c) {
  const auto between = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  const bool of_a_line = c < 0x20 || between(0x7F, 0x9F) || between(0x2028, 0x2029);
  return of_a_line || between(0x202A, 0x202E) || between(0x2066, 0x2069);
}

std::string code_point_text(char32_t c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text = "U+";
  for (unsigned shift = c > 0xFFFF ? 24 : 16; shift > 0;) {
    shift -= 4;
    text += kDigits[c >> shift & 0xFU];
  }
  return text;
}

}  // namespace

bool is_text(std::string_view utf8) {
  while (!utf8.empty()) {
    const text::Character c = text::first_character(utf8);
    if (c.size == 0 || c.code == 0) return false;
    utf8.remove_prefix(c.size);
  }
  return true;
}

std::size_t characters_of(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  }));
}

std::optional<std::string> control_character(std::string_view utf8) {
  while (!utf8.empty()) {
    const text::Character c = text::first_character(utf8);
    if (c.size == 0) return std::nullopt;
    if (is_control(c.code)) return code_point_text(c.code);
    utf8.remove_prefix(c.size);
  }
  return std::nullopt;
}

std::string shown_text(std::string_view utf8) {
  constexpr std::size_t kLongest = 80;
  std::string_view rest = clip(utf8, kLongest);
  const bool cut = rest.size() < utf8.size();
  std::string shown;
  while (!rest.empty()) {
    const text::Character c = text::first_character(rest);
    if (c.size == 0) {
      shown += '?';
    } else if (text::is_misleading(c.code)) {
      shown += "<" + code_point_text(c.code) + ">";
    } else {
      shown += rest.substr(0, c.size);
    }
    rest.remove_prefix(std::max<std::size_t>(c.size, 1));
  }
  return cut ? shown + "..." : shown;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
}

bool is_printable_string(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool digit = c >= '0' && c <= '9';
    return letter || digit || std::string_view(" '()+,-./:=?").find(c) != std::string_view::npos;
  });
}

std::optional<std::string> decode_string(std::uint8_t tag, ByteView value) {
  switch (tag) {
    case der::kUtf8String:
      if (!is_text(as_text(value))) return std::nullopt;
      return std::string(as_text(value));
    case der::kPrintableString:
    case der::kVisibleString:
    case der::kNumericString:
      return decode_ascii(value, ' ', '~');
    case der::kIa5String:
      return decode_ascii(value, '\x01', '\x7F');
    case der::kT61String:
      return decode_fixed(value, 1);
    case der::kBmpString:
      return decode_fixed(value, 2);
    case der::kUniversalString:
      return decode_fixed(value, 4);
    default:
      return std::nullopt;
  }
}

}  // namespace certconnector::crypto
