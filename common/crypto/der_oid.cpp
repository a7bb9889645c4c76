#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "common/crypto/der.h"

namespace certconnector::crypto::der {
namespace {

constexpr std::size_t kMaxOidText = 200;

void append_arc(std::uint64_t arc, Bytes& out) {
  unsigned shift = 0;
  while (shift < 63 && arc >> (shift + 7U) != 0) shift += 7;
  for (; shift > 0; shift -= 7) {
    out.push_back(static_cast<std::uint8_t>(0x80U | (arc >> shift & 0x7FU)));
  }
  out.push_back(static_cast<std::uint8_t>(arc & 0x7FU));
}

void append_number(std::uint64_t number, std::string& out) {
  if (number < 10) {
    out += static_cast<char>('0' + number);
    return;
  }
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  static_cast<void>(error);  // 20 characters hold every 64-bit number
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append_text(std::uint64_t arc, bool first, std::string& out) {
  if (first) {
    const std::uint64_t top = std::min<std::uint64_t>(arc / 40, 2);
    append_number(top, out);
    arc -= top * 40;
  }
  out += '.';
  append_number(arc, out);
}

// Takes "123." or the final "123" off the front; no sign, no leading zero.
std::optional<std::uint64_t> take_arc(std::string_view& text) {
  const std::size_t length = std::min(text.find('.'), text.size());
  std::uint64_t arc = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + length, arc);
  const bool whole = failure == std::errc() && end == text.data() + length;
  if (!whole || (length > 1 && text[0] == '0')) return std::nullopt;
  if (length == text.size()) {
    text = {};
  } else {
    text.remove_prefix(length + 1);
    if (text.empty()) return std::nullopt;  // ends with a dot
  }
  return arc;
}

}  // namespace

std::optional<std::string> oid_to_text(ByteView contents) {
  if (contents.empty() || (contents[contents.size() - 1] & 0x80U) != 0) return std::nullopt;
  std::string out;
  std::uint64_t arc = 0;
  bool first = true;
  bool at_start = true;
  for (const std::uint8_t octet : contents) {
    if (at_start && octet == 0x80) return std::nullopt;
    if (arc > std::numeric_limits<std::uint64_t>::max() >> 7U) return std::nullopt;
    arc = arc << 7U | (octet & 0x7FU);
    at_start = (octet & 0x80U) == 0;
    if (!at_start) continue;
    append_text(arc, first, out);
    first = false;
    arc = 0;
    if (out.size() > kMaxOidText) return std::nullopt;
  }
  return out;
}

std::optional<Bytes> oid_from_text(std::string_view dotted) {
  if (dotted.empty() || dotted.size() > kMaxOidText) return std::nullopt;
  const auto top = take_arc(dotted);
  if (!top || *top > 2 || dotted.empty()) return std::nullopt;
  const auto second = take_arc(dotted);
  if (!second || (*top < 2 && *second > 39)) return std::nullopt;
  if (*second > std::numeric_limits<std::uint64_t>::max() - 80) return std::nullopt;
  Bytes out;
  out.reserve(dotted.size() + 2);  // no arc has more octets than digits
  append_arc(*top * 40 + *second, out);
  while (!dotted.empty()) {
    const auto arc = take_arc(dotted);
    if (!arc) return std::nullopt;
    append_arc(*arc, out);
  }
  return out;
}

}  // namespace certconnector::crypto::der
