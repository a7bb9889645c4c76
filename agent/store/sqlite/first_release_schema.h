// The schemas of queue.db and inventory.db, as release 0.1.0 wrote them.
#pragma once

#include "agent/store/sqlite/migrations.h"

namespace certconnector::store {

[[nodiscard]] const Schema& first_release_queue_schema();
[[nodiscard]] const Schema& first_release_certificates_schema();

}  // namespace certconnector::store
