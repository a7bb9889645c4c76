#pragma once

#include "common/result/result.h"
#include "tests/endpoint/sqlite.h"

namespace certconnector::endpoint {

// Brings an empty database, or one of an earlier version, to this one; refuses a later one.
[[nodiscard]] Status apply_schema(Database& db);

// The state column of jobs.
inline constexpr std::int64_t kStateQueued = 0;
inline constexpr std::int64_t kStateLeased = 1;
inline constexpr std::int64_t kStateFinished = 2;

}  // namespace certconnector::endpoint
