// A device's request as the enrollment that begins with it, or that its refusal is noted as.
#pragma once

#include <string>

#include "agent/core/job.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::enrollment {

struct RequestedEnrollment {
  core::EnrollmentKey key;
  const crypto::Pkcs10* pkcs10 = nullptr;  // null: it could not be read
  core::CaFingerprint ca{};
  std::string job_id;  // fresh: time first, so that ids grow
  bool report = true;  // the management endpoint is told how it ends
  // DER, of the certificate that has signed the message: who asks, where the request itself could
  // not be read. Empty: nobody knows.
  ByteView signer_subject = {};
};

// Unauthorized: grant() writes its authorization into it.
[[nodiscard]] core::NewEnrollment new_enrollment(RequestedEnrollment asked);

}  // namespace certconnector::enrollment
