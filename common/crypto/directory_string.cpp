#include "common/crypto/directory_string.h"

#include <algorithm>

#include "common/crypto/der.h"

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

// The number of octets that follow the lead octet, and the least code point they may encode.
struct Utf8Lead {
  std::size_t tail = 0;
  std::uint32_t bits = 0;
  std::uint32_t least = 0;
};

std::optional<Utf8Lead> utf8_lead(std::uint8_t lead) {
  if (lead < 0x80) return Utf8Lead{0, lead, 1};
  if (lead >= 0xC2 && lead < 0xE0) return Utf8Lead{1, lead & 0x1FU, 0x80};
  if (lead >= 0xE0 && lead < 0xF0) return Utf8Lead{2, lead & 0x0FU, 0x800};
  if (lead >= 0xF0 && lead < 0xF5) return Utf8Lead{3, lead & 0x07U, 0x10000};
  return std::nullopt;
}

}  // namespace

bool is_text(std::string_view utf8) {
  const ByteView in = as_bytes(utf8);
  std::size_t i = 0;
  while (i < in.size()) {
    const auto lead = utf8_lead(in[i++]);
    if (!lead || in.size() - i < lead->tail) return false;
    std::uint32_t c = lead->bits;
    for (std::size_t k = 0; k < lead->tail; ++k, ++i) {
      if ((in[i] & 0xC0U) != 0x80) return false;
      c = c << 6U | (in[i] & 0x3FU);
    }
    if (c < lead->least || !is_scalar(c)) return false;
  }
  return true;
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
