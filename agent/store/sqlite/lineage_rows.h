// Lineages of certificates, each by its first one. A row of the table `lineage` exists only where
// there is more to say than the certificates do.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/enrollment/rules/lineage_rules.h"
#include "agent/store/sqlite/database.h"

namespace certconnector::store {

[[nodiscard]] Result<std::optional<enrollment::LineageFacts>> lineage_of_renewal(
    Database& database, const core::NewEnrollment& enrollment, Timestamp now);
// A person's allowance is used.
[[nodiscard]] Status use_allowance(Database& database, core::LineageId lineage);
// The certificate signs a request: nobody needs the one before it any more.
[[nodiscard]] Status note_use(Database& database, std::int64_t entry);
// `entry` has a successor, from `now` on.
[[nodiscard]] Status supersede(Database& database, std::int64_t entry, Timestamp now);
// Of the lineage of `entry`.
[[nodiscard]] Status compromise_lineage(Database& database, std::int64_t entry);

}  // namespace certconnector::store
