// Lineages of certificates, each by its first one. A row of the table `lineage` exists only where
// there is more to say than the certificates do.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/core/ports/lineage_ledger.h"
#include "agent/enrollment/rules/lineage_rules.h"
#include "agent/store/sqlite/store_writer.h"

namespace certconnector::store {

// Records the certificate that is renewed, if the store does not know it.
[[nodiscard]] Status record_renewed(StoreWriter& writer, const core::NewEnrollment& enrollment,
                                    Timestamp now);
[[nodiscard]] Result<std::optional<enrollment::LineageFacts>> lineage_of_renewal(
    Database& database, const core::NewEnrollment& enrollment, Timestamp now);
// A person's allowance is used.
[[nodiscard]] Status use_allowance(Database& database, core::LineageId lineage);
// The certificate signs a message: its device has it.
[[nodiscard]] Status note_use(Database& database, std::int64_t entry);
// `entry` has a successor. The agent looks from `now` on whether anybody needs it.
[[nodiscard]] Status supersede(Database& database, std::int64_t entry, Timestamp now);
// Nothing: no certificate of it is there.
[[nodiscard]] Result<std::optional<core::LineageState>> lineage_state(Database& database,
                                                                      core::LineageId lineage,
                                                                      Timestamp now);
[[nodiscard]] Status allow_renewals(Database& database, core::LineageId lineage,
                                    std::size_t renewals);
[[nodiscard]] Status compromise_lineage(Database& database, core::LineageId lineage);
// Of the lineage of `entry`.
[[nodiscard]] Status compromise_lineage(Database& database, std::int64_t entry);

}  // namespace certconnector::store
