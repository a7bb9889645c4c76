#include "common/text/base64.h"

#include <array>

namespace certconnector::text {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kInvalid = 0xFF;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kInvalid;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr auto kValues = make_values();

std::uint32_t value_of(char c) { return kValues[static_cast<std::uint8_t>(c)]; }

// The last group: 2 or 3 characters before the padding give 1 or 2 octets; the spare bits must be
// zero.
bool decode_tail(std::string_view chars, Bytes& out) {
  const std::uint32_t a = value_of(chars[0]);
  const std::uint32_t b = value_of(chars[1]);
  if (a == kInvalid || b == kInvalid) return false;
  out.push_back(static_cast<std::uint8_t>(a << 2U | b >> 4U));
  if (chars.size() == 2) return (b & 0x0FU) == 0;
  const std::uint32_t c = value_of(chars[2]);
  if (c == kInvalid) return false;
  out.push_back(static_cast<std::uint8_t>((b & 0x0FU) << 4U | c >> 2U));
  return (c & 0x03U) == 0;
}

}  // namespace

std::string to_base64(ByteView bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  std::size_t at = 0;
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = static_cast<std::uint32_t>(bytes[i]) << 16U |
                                static_cast<std::uint32_t>(bytes[i + 1]) << 8U | bytes[i + 2];
    out[at++] = kAlphabet[group >> 18U];
    out[at++] = kAlphabet[group >> 12U & 0x3FU];
    out[at++] = kAlphabet[group >> 6U & 0x3FU];
    out[at++] = kAlphabet[group & 0x3FU];
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return out;
  const std::uint32_t second = rest == 2 ? bytes[i + 1] : 0U;
  const std::uint32_t group = static_cast<std::uint32_t>(bytes[i]) << 16U | second << 8U;
  out[at++] = kAlphabet[group >> 18U];
  out[at++] = kAlphabet[group >> 12U & 0x3FU];
  if (rest == 2) out[at] = kAlphabet[group >> 6U & 0x3FU];
  return out;
}

std::optional<Bytes> from_base64(std::string_view base64) {
  if (base64.size() % 4 != 0) return std::nullopt;
  std::size_t length = base64.size();
  while (length > 0 && base64.size() - length < 2 && base64[length - 1] == '=') --length;
  Bytes out;
  out.reserve(length / 4 * 3 + 2);
  const std::size_t whole = length / 4 * 4;
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::uint32_t a = value_of(base64[i]);
    const std::uint32_t b = value_of(base64[i + 1]);
    const std::uint32_t c = value_of(base64[i + 2]);
    const std::uint32_t d = value_of(base64[i + 3]);
    // Values are below 64, so a bit above tells that one of the four was invalid.
    if ((a | b | c | d) > 0x3FU) return std::nullopt;
    const std::uint32_t group = a << 18U | b << 12U | c << 6U | d;
    out.push_back(static_cast<std::uint8_t>(group >> 16U));
    out.push_back(static_cast<std::uint8_t>(group >> 8U));
    out.push_back(static_cast<std::uint8_t>(group));
  }
  if (length > whole && !decode_tail(base64.substr(whole, length - whole), out))
    return std::nullopt;
  return out;
}

}  // namespace certconnector::text
