#pragma once

#include "common/result/result.h"
#include "tests/endpoint/sqlite.h"

namespace certconnector::endpoint {

// Makes the tables in an empty database; refuses one of another version.
[[nodiscard]] Status apply_schema(Database& db);

// The state column of jobs.
inline constexpr std::int64_t kStateQueued = 0;
inline constexpr std::int64_t kStateLeased = 1;
inline constexpr std::int64_t kStateFinished = 2;

}  // namespace certconnector::endpoint
