// Revocations that a published CRL knows and the database does not.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/store/sqlite/salvage.h"
#include "agent/store/sqlite/store_writer.h"
#include "common/result/result.h"

namespace certconnector::store {

// Of CRLs that are newer than the last one that the database has recorded: what that knows more is
// older than the CRL. Answers how many came in.
[[nodiscard]] Result<std::uint64_t> add_published_revocations(StoreWriter& writer,
                                                              const std::vector<SalvageCa>& cas);

}  // namespace certconnector::store
