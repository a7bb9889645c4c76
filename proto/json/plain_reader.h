// Reads the JSON that programs send each other, several times as fast as nlohmann's lexer: ASCII
// without escapes, and integers. Every other text is for nlohmann's reader, which also says what is
// wrong with it (json.cpp).
#pragma once

#include <string_view>

#include "proto/json/tree_builder.h"

namespace certconnector::json {

// True: `builder` has every event of the text, which is JSON by RFC 8259. False: the text is not
// JSON, has something that this reader does not know, or the builder refused an event. Then
// `builder` is of no use any more. Thread-safe.
[[nodiscard]] bool read_plain(std::string_view text, TreeBuilder& builder);

}  // namespace certconnector::json
