// Finds the enrollment that NDES means when it reports the outcome of a transaction. Devices choose
// transaction ids, so many enrollments can have the same one.
#pragma once

#include <optional>
#include <string>

#include "agent/core/ports/external_enrollments.h"
#include "common/crypto/digest.h"
#include "common/result/result.h"

namespace certconnector::ndes {

// The request as the notification names it.
struct NotifiedRequest {
  std::string service;
  std::string transaction_id;
  // Of the challenge as the request carried it. Nothing: NDES did not send it.
  std::optional<crypto::Sha256> challenge;
  std::optional<crypto::Sha256> public_key;  // of the certificate, if there is one
};

struct MatchedEnrollment {
  std::optional<core::ExternalEnrollment> enrollment;  // nothing: there is none
  bool several = false;                                // the notification fits more than one
};

// Looks through all enrollments of the transaction, however many there are; with a key only through
// those of the key. Open ones go before ended ones, newer ones before older ones. A certificate
// names its key, so its key decides and the challenge only chooses among several of that key.
// Errors: the store's.
[[nodiscard]] Result<MatchedEnrollment> match_enrollment(core::ExternalEnrollments& enrollments,
                                                         const NotifiedRequest& told);

}  // namespace certconnector::ndes
