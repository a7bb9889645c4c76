// Why the ledger does not begin an enrollment, for a device and a person.
#pragma once

#include <optional>

#include "agent/core/ports/enrollment_ledger.h"

namespace certconnector::enrollment {

// Nothing: it has begun, or stands.
[[nodiscard]] std::optional<core::Failed> refusal_in_words(const core::BeginAnswer& answer);

}  // namespace certconnector::enrollment
