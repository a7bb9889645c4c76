// JSON as the protocol wants it: one value, no byte order mark, no repeated key, at most 64 levels.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::endpoint {

// The error says what is wrong and where. It never quotes the text, which may hold a token.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text);

// Sorted keys, no spaces. For integers and strings, all that the protocol has, this is RFC 8785
// (JCS). Text that is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string dump_json(const nlohmann::json& value);

}  // namespace certconnector::endpoint
