// The enrollments of one SCEP transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/enrollment/rules/enrollment_identity.h"
#include "agent/enrollment/rules/enrollment_progress.h"
#include "agent/enrollment/rules/request_signers.h"
#include "agent/store/sqlite/database.h"

namespace certconnector::store {

struct TransactionRow {
  enrollment::KnownEnrollment known;
  crypto::Sha256 public_key{};  // EnrollmentKey's
  enrollment::RequestSigners signers;
};

// The head of EnrollmentIdentity::transaction: enough to find few rows, and small in an index.
[[nodiscard]] std::int64_t enrollment_lookup(const crypto::Sha256& transaction);
[[nodiscard]] std::int64_t enrollment_lookup(const core::EnrollmentKey& key);

// All newest first. Of this key, whoever signed.
[[nodiscard]] Result<std::vector<TransactionRow>> rows_of_key(Database& database,
                                                              const core::EnrollmentKey& key);
// The newest one with this claim. `identity`: with the transaction of `key`.
[[nodiscard]] Result<std::optional<TransactionRow>> row_of_claim(
    Database& database, const core::EnrollmentKey& key,
    const enrollment::EnrollmentIdentity& identity);
// That this key may poll.
[[nodiscard]] Result<std::vector<TransactionRow>> rows_of_signer(Database& database,
                                                                 const core::EnrollmentKey& signer);

}  // namespace certconnector::store
