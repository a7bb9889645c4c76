// Challenge passwords in the stored requests of jobs that are over (agent/jobs/lifecycle/
// ended_request.h).
#pragma once

#include <cstdint>

#include "agent/store/sqlite/database.h"

namespace certconnector::store {

// In the transaction that ends a device's job.
[[nodiscard]] Status forget_challenge(Database& database, std::int64_t ticket);
// Of all devices' jobs that are over, after their rows came from another file.
[[nodiscard]] Status forget_challenges(Database& database);

}  // namespace certconnector::store
