// A row as it stands in a page, before anything is known to be right with it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/text/bytes.h"

namespace certconnector::store {

// Of the types of SQLite; monostate: NULL.
using StoredValue = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;
using StoredValues = std::vector<StoredValue>;

[[nodiscard]] inline bool is_null(const StoredValue& value) {
  return std::holds_alternative<std::monostate>(value);
}

}  // namespace certconnector::store
