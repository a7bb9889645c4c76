// The identity of an enrollment: the table of core/ports/enrollment_ledger.h, as hashes. Pure. The
// hashes are on disk, so their input never changes.
#pragma once

#include "agent/core/ports/enrollment_ledger.h"

namespace certconnector::enrollment {

struct EnrollmentIdentity {
  crypto::Sha256 transaction{};  // over service, transaction id and public key
  crypto::Sha256 claim{};        // over all parts
};

[[nodiscard]] EnrollmentIdentity identity_of(const core::NewEnrollment& enrollment);
// EnrollmentIdentity::transaction alone.
[[nodiscard]] crypto::Sha256 transaction_identity(const core::EnrollmentKey& key);

}  // namespace certconnector::enrollment
