// The permission to get one certificate. Its basis is a challenge, or the certificate that the
// request renews.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "agent/core/job.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/enrollment/challenge_check.h"
#include "agent/enrollment/renewal_check.h"
#include "common/crypto/digest.h"
#include "common/crypto/pkcs10.h"
#include "common/text/bytes.h"

namespace certconnector::enrollment {

struct Authorization {
  crypto::Sha256 name{};     // equal for the same permission: core::NewEnrollment::right
  std::string challenge;     // the id of a challenge that is good for one certificate; else empty
  Timestamp remember_until;  // of a challenge that is good once; else there is nothing to remember
  std::optional<Timestamp> ends;  // the challenge's end, if it has one
  std::string device;
  std::optional<std::string> template_name;  // nothing: neither challenge nor certificate names one
  core::ExpectedContent content;
  core::UsageBound at_most;
  Bytes renewed_subject;  // of a renewal, DER: core::IssueRequest
  std::optional<std::string> sid;
  std::optional<crypto::KeySpec> least_key;  // for a key of the same kind
  std::optional<crypto::Sha256> renews;      // the certificate that is renewed, if one is
  std::optional<core::Renewal> renewal;      // the same, for its lineage
  // Of a challenge in a renewal: the renewal, which counts where the challenge is used.
  std::shared_ptr<const Authorization> instead = nullptr;
  bool wrong_challenge = false;  // a renewal whose challenge is a guess
};

// A validator that may answer late checks the challenge: ask it on a thread that may wait.
struct NeedsValidation {};
using Decision =
    std::variant<Authorization, Denied, Unavailable, NeedsValidation, NeedsRevocationList>;

// What a challenge or a certificate authorizes, in one form. Does not look at the request yet.
[[nodiscard]] Authorization authorization_of(ChallengeAuthorization challenge);
// `certificate` is the one that the device renews, DER. It authorizes once for each new key.
[[nodiscard]] Authorization authorization_of(RenewalAuthorization renewal, ByteView certificate,
                                             const crypto::Pkcs10& request);

// The request asks for something that is not authorized. Names the challenge and its device.
[[nodiscard]] Denied deny(const Authorization& authorization, core::Failed reason);

// `authorization`, if the request says the same. The last step of every authorization.
[[nodiscard]] Decision confirm(Authorization authorization, const crypto::Pkcs10& request);

// Writes the authorization into its enrollment, with the template if it names one.
void grant(Authorization authorization, core::NewEnrollment& enrollment);
// Writes the denial's challenge and device into the enrollment that stands for the denial.
void ascribe(const Denied& denied, core::NewEnrollment& enrollment);

}  // namespace certconnector::enrollment
