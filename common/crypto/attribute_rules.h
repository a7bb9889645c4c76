// How a certificate writes the values of name attributes: their string type and their length, RFC
// 5280 appendix A. The attributes that it lacks follow the standard that defines them.
#pragma once

#include <cstdint>
#include <string_view>

namespace certconnector::crypto {

enum class AttributeSyntax : std::uint8_t {
  directory_string,  // UTF8String or PrintableString, RFC 5280 section 4.1.2.4
  printable_string,
  ia5_string,
  any_string,  // one of the three
  no_string    // a GeneralizedTime, which the names of the agent do not hold
};

struct AttributeRule {
  std::string_view oid;  // dotted
  AttributeSyntax syntax;
  std::size_t least;  // characters
  std::size_t most;
  std::string_view source;  // of `most`
};

// Of an attribute type without an entry: any_string, 1 to 32768 characters.
[[nodiscard]] const AttributeRule& attribute_rule(std::string_view oid);

// "PrintableString", ...: what the rule asks for.
[[nodiscard]] std::string_view to_string(AttributeSyntax syntax);
// Whether a value in the string type `tag` of DER is written as the rule asks for. `text` is the
// value in UTF-8.
[[nodiscard]] bool is_written_so(AttributeSyntax syntax, std::uint8_t tag, std::string_view text);
// The string type in which we write the text; 0: the only one does not have its characters.
[[nodiscard]] std::uint8_t string_type_for(AttributeSyntax syntax, std::string_view text);

}  // namespace certconnector::crypto
