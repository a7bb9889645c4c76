#pragma once

#include <string>

namespace certconnector::store {

// "SQLite 3.40.1": of the library that is loaded.
[[nodiscard]] std::string sqlite_version();

}  // namespace certconnector::store
