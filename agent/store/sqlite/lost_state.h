// A state that went further than the database, and is gone: an older copy, a backup, another
// database. The database goes on as if the lost state had worked until now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/sqlite/salvage.h"
#include "agent/store/sqlite/store_writer.h"
#include "common/result/result.h"

namespace certconnector::store {

struct LostState {
  std::uint64_t unfinished_jobs = 0;        // their CAs are asked before they are run again
  std::uint64_t withdrawn_challenges = 0;   // open one-time passwords; they may have been used
  std::uint64_t published_revocations = 0;  // that only a published CRL knows
  // The last CRL number of each CA that publishes CRLs.
  std::vector<std::pair<core::CaFingerprint, std::uint64_t>> crl_numbers;
  Timestamp known_until;  // `made_at`, or when the last certificate was recorded
};

// Whether a CA has issued with another database than this one, or with a later state of it.
[[nodiscard]] Result<bool> is_behind(Database& database, const core::StoreMark& mark,
                                     const std::vector<SalvageCa>& cas);

// `made_at`, or when the last certificate was recorded.
[[nodiscard]] Result<Timestamp> known_until(Database& database, std::optional<Timestamp> made_at);

// In the caller's transaction. `by` withdraws challenges.
[[nodiscard]] Result<LostState> go_on_without(StoreWriter& writer,
                                              const std::vector<SalvageCa>& cas,
                                              std::optional<Timestamp> made_at, Timestamp now,
                                              const std::string& by);
// The last CRL number of each CA, above every one that can have been used since.
[[nodiscard]] Status pass_over_crl_numbers(StoreWriter& writer, const std::vector<SalvageCa>& cas,
                                           Timestamp now, LostState& lost);

}  // namespace certconnector::store
