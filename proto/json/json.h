// JSON, RFC 8259, read strictly: the one way in for every JSON text from outside. Include
// <nlohmann/json.hpp> in the .cpp file that looks inside a value; this header stays light.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::json {

enum class JsonErrc {
  malformed,     // not JSON, not UTF-8, a byte order mark, a comment, or text after the value
  too_large,     // more octets or more values than the limit
  too_deep,      // nested deeper than the limit
  repeated_key,  // one object has the same key twice
  bad_field      // JSON, but not the fields that were expected
};
[[nodiscard]] ErrorCode error_code(JsonErrc errc);

struct Limits {
  std::size_t max_size = std::size_t{4} * 1024 * 1024;  // octets of the text
  std::size_t max_depth = 64;                           // of nested arrays and objects
  std::size_t max_values = 250000;  // of all kinds: a small text must not become a large tree
};

// Errors are permanent. Messages tell the place as an octet offset and never quote the text: it may
// hold secrets.
[[nodiscard]] Result<nlohmann::json> parse(std::string_view text, const Limits& limits = {});

// Compact, keys sorted. Octets that are not UTF-8 become U+FFFD, so it never fails.
[[nodiscard]] std::string dump(const nlohmann::json& value);

// A text as dump() writes it.
[[nodiscard]] std::string dump_text(std::string_view text);

// The canonical form of RFC 8785 for objects whose keys are ASCII and whose numbers are integers;
// other numbers are written as dump() writes them. The member `without` of the outermost object is
// left out.
[[nodiscard]] std::string canonical(const nlohmann::json& value, std::string_view without = {});

}  // namespace certconnector::json
