#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "proto/json/json.h"
#include "proto/json/plain_text.h"

namespace certconnector::json {
namespace {

// RFC 8785 section 3.2.2.2: the two-character escapes, \u00xx in lower case for other control
// characters.
void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto octet = static_cast<std::uint8_t>(c);
  out += "\\u00";
  out += kHex[octet >> 4U];
  out += kHex[octet & 0x0FU];
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  if (is_plain(text)) {
    out.append(text);
    out += '"';
    return;
  }
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<std::uint8_t>(text[i]);
    if (octet >= 0x20 && octet != '"' && octet != '\\') continue;
    out.append(text.substr(from, i - from));
    append_escaped(out, text[i]);
    from = i + 1;
  }
  out.append(text.substr(from));
  out += '"';
}

template <typename Integer>
void append_integer(std::string& out, Integer value) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  static_cast<void>(error);  // 24 characters hold every 64-bit integer
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append(std::string& out, const nlohmann::json& value, std::string_view without);

void append_object(std::string& out, const nlohmann::json& value, std::string_view without) {
  out += '{';
  bool first = true;
  for (const auto& [name, member] : value.get_ref<const nlohmann::json::object_t&>()) {
    if (!without.empty() && name == without) continue;
    if (!first) out += ',';
    first = false;
    append_string(out, name);
    out += ':';
    append(out, member, {});
  }
  out += '}';
}

void append_array(std::string& out, const nlohmann::json& value) {
  out += '[';
  bool first = true;
  for (const auto& item : value) {
    if (!first) out += ',';
    first = false;
    append(out, item, {});
  }
  out += ']';
}

void append(std::string& out, const nlohmann::json& value, std::string_view without) {
  using Kind = nlohmann::json::value_t;
  switch (value.type()) {
    case Kind::object:
      return append_object(out, value, without);
    case Kind::array:
      return append_array(out, value);
    case Kind::string:
      return append_string(out, value.get_ref<const std::string&>());
    case Kind::boolean:
      out += value.get<bool>() ? "true" : "false";
      return;
    case Kind::number_integer:
      return append_integer(out, value.get<std::int64_t>());
    case Kind::number_unsigned:
      return append_integer(out, value.get<std::uint64_t>());
    case Kind::null:
      out += "null";
      return;
    case Kind::number_float:
    case Kind::binary:
    case Kind::discarded:
      out += dump(value);
      return;
  }
}

}  // namespace

std::string canonical(const nlohmann::json& value, std::string_view without) {
  std::string out;
  out.reserve(2048);
  append(out, value, without);
  return out;
}

}  // namespace certconnector::json
