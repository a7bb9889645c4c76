// The text form of names. parse_rfc4514 reads the text of to_rfc4514 back to the same name.
#include <algorithm>

#include "common/crypto/attribute_types.h"
#include "common/crypto/der.h"
#include "common/crypto/directory_string.h"
#include "common/crypto/errors.h"
#include "common/crypto/name.h"
#include "common/text/hex.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxText = std::size_t{16} * 1024;
constexpr std::string_view kMustEscape = "\"+,;<>\\";
constexpr std::string_view kMayEscape = "\"+,;<>\\ #=";  // after a backslash, as itself

class TextParser {
 public:
  explicit TextParser(std::string_view text) : rest_(text) {}

  Result<DistinguishedName> parse() {
    DistinguishedName name;
    skip_spaces();
    if (rest_.empty()) return name;
    RelativeName relative;
    while (true) {
      CC_TRY_ASSIGN(NameAttribute attribute, read_attribute());
      relative.push_back(std::move(attribute));
      if (rest_.empty()) break;
      const char separator = rest_.front();  // ',' or '+', which end a value
      rest_.remove_prefix(1);
      if (separator == '+') continue;
      name.push_back(std::move(relative));
      relative.clear();
    }
    name.push_back(std::move(relative));
    std::reverse(name.begin(), name.end());
    return name;
  }

 private:
  void skip_spaces() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }

  Result<NameAttribute> read_attribute() {
    CC_TRY_ASSIGN(std::string oid, read_type());
    skip_spaces();
    if (!rest_.empty() && rest_.front() == '#') {
      CC_TRY_ASSIGN(std::string value, read_hex_value());
      return NameAttribute{std::move(oid), std::move(value)};
    }
    CC_TRY_ASSIGN(std::string value, read_value());
    if (!is_text(value)) return malformed_name("is not valid UTF-8, or holds the character NUL");
    return NameAttribute{std::move(oid), std::move(value)};
  }

  Result<std::string> read_type() {
    skip_spaces();
    const std::size_t equals = rest_.find('=');
    if (equals == std::string_view::npos) {
      return malformed_name(
          "needs the form TYPE=value, separated by commas, as in CN=device1,O=Example");
    }
    std::string_view type = rest_.substr(0, equals);
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    rest_.remove_prefix(equals + 1);
    if (const auto oid = oid_of_short_name(type)) return std::string(*oid);
    if (der::oid_from_text(type)) return std::string(type);
    return malformed_name("has an attribute type that is not known; write it as a dotted OID");
  }

  // '#' and the hexadecimal DER of a string, RFC 4514 section 2.4.
  Result<std::string> read_hex_value() {
    const std::size_t end = std::min(rest_.find_first_of(",+"), rest_.size());
    std::string_view hex = rest_.substr(1, end - 1);
    while (!hex.empty() && hex.back() == ' ') hex.remove_suffix(1);
    rest_.remove_prefix(end);
    const auto der = text::from_hex(hex);
    if (!der) return malformed_name("has a value that starts with # but is not hexadecimal");
    der::Reader reader(*der);
    const auto element = reader.read_any();
    auto value =
        element && reader.at_end() ? decode_string(element->tag, element->value) : std::nullopt;
    if (!value) return malformed_name("has a value after # that is not the DER of a string");
    return std::move(*value);
  }

  // Up to the next separator, which stays. Spaces around it that are not escaped do not count.
  Result<std::string> read_value() {
    std::string value;
    std::size_t trailing_spaces = 0;
    while (!rest_.empty() && rest_.front() != ',' && rest_.front() != '+') {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\\') {
        CC_TRY_ASSIGN(const char escaped, read_escape());
        value += escaped;
        trailing_spaces = 0;
        continue;
      }
      if (kMustEscape.find(c) != std::string_view::npos) {
        return malformed_name(std::string("needs a backslash before ") + c);
      }
      value += c;
      trailing_spaces = c == ' ' ? trailing_spaces + 1 : 0;
    }
    value.resize(value.size() - trailing_spaces);
    return value;
  }

  Result<char> read_escape() {
    if (!rest_.empty() && kMayEscape.find(rest_.front()) != std::string_view::npos) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      return c;
    }
    const auto octet = rest_.size() >= 2 ? text::from_hex(rest_.substr(0, 2)) : std::nullopt;
    if (!octet) return malformed_name("has a backslash before a character that takes none");
    rest_.remove_prefix(2);
    return static_cast<char>(octet->front());
  }

  std::string_view rest_;
};

void append_escaped(std::string_view value, std::string& out) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool at_edge = i == 0 || i + 1 == value.size();
    if (kMustEscape.find(c) != std::string_view::npos || (c == ' ' && at_edge) ||
        (c == '#' && i == 0)) {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += '\\' + text::to_hex(as_bytes(value.substr(i, 1)));
    } else {
      out += c;
    }
  }
}

void append_attribute(const NameAttribute& attribute, std::string& out) {
  if (const auto name = short_name_of(attribute.oid)) {
    out += *name;
    out += '=';
    append_escaped(attribute.value, out);
    return;
  }
  // RFC 4514 section 2.4: a type without a name takes the hexadecimal form.
  Bytes der;
  der::Writer(der).element(der::kUtf8String, attribute.value);
  out += attribute.oid + "=#" + text::to_hex(der);
}

}  // namespace

Result<DistinguishedName> parse_rfc4514(std::string_view text) {
  if (text.size() > kMaxText) return malformed_name("is longer than 16384 characters");
  return TextParser(text).parse();
}

std::string to_rfc4514(const DistinguishedName& name) {
  std::string out;
  for (auto relative = name.rbegin(); relative != name.rend(); ++relative) {
    if (relative != name.rbegin()) out += ',';
    for (std::size_t i = 0; i < relative->size(); ++i) {
      if (i > 0) out += '+';
      append_attribute((*relative)[i], out);
    }
  }
  return out;
}

}  // namespace certconnector::crypto
