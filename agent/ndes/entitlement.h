// Whether a request that an NDES asks about may have a certificate, on what right, and what it may
// say: a renewal by the certificate that signs it, anything else by its challenge.
#pragma once

#include <string>
#include <vector>

#include "agent/core/job.h"
#include "agent/enrollment/challenge_check.h"
#include "agent/enrollment/granted_right.h"
#include "agent/enrollment/renewal_check.h"
#include "agent/jobs/ca_registry.h"
#include "common/crypto/certificate.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::ndes {

// The CA that the NDES takes requests to.
struct IssuingCa {
  crypto::Certificate certificate;
  core::CaFingerprint fingerprint;
  jobs::CaRef issuer;  // null: the agent knows only the certificate
};

// One request with what is known of it; nothing is owned.
struct EntitlementQuery {
  const std::string& service;
  const enrollment::ChallengeCheck& check;
  const std::vector<std::string>& templates;  // allowed where the challenge names none
  const enrollment::RenewalRules& renewal;
  const IssuingCa& ca;
  const crypto::Pkcs10& request;
  ByteView signing_certificate;  // DER; empty: a first request
  const std::string& template_name;
  const std::string& transaction_id;
  bool may_wait;  // false: MustWait instead of an answer that others are asked for
};

// `now` is the wall clock's.
[[nodiscard]] enrollment::RightAnswer find_entitlement(const EntitlementQuery& query,
                                                       Timestamp now);

}  // namespace certconnector::ndes
