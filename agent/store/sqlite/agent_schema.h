// agent.db: what it is called, its schema, and what it means to lose it.
#pragma once

#include "agent/store/sqlite/errors.h"
#include "agent/store/sqlite/migrations.h"

namespace certconnector::store {

[[nodiscard]] const Schema& agent_schema();
[[nodiscard]] const DatabaseRole& agent_role();

}  // namespace certconnector::store
