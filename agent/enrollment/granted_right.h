// What every right to a certificate comes to, whoever asks and however it was found: by a challenge
// or by the certificate that is renewed.
#pragma once

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

struct GrantedRight {
  crypto::Sha256 name{};     // the same for the same right: core::NewEnrollment::right
  std::string challenge;     // good for one certificate: its id; else empty
  Timestamp remember_until;  // of a challenge that is good once; else there is nothing to remember
  std::optional<Timestamp> ends;  // the challenge's end, if it has one
  std::string device;
  std::optional<std::string> template_name;  // nothing: the right names none
  core::ExpectedContent content;
  core::UsageBound at_most;
  std::optional<std::string> sid;
  std::optional<crypto::KeySpec> least_key;  // for a key of the same kind
  std::optional<crypto::Sha256> renews;      // the certificate that it renews, if it is a renewal's
};

using RightAnswer = std::variant<GrantedRight, Refusal, CannotCheck, MustWait>;

// The right that the challenge gives. Without `may_wait` a check that asks others is not asked:
// MustWait. `now` is the wall clock's.
[[nodiscard]] RightAnswer right_by_challenge(const ChallengeCheck& check,
                                             const ChallengeQuery& query, bool may_wait,
                                             Timestamp now);

// The right of a certificate, DER, to another one like it: once for each new key.
[[nodiscard]] GrantedRight right_by_certificate(RenewalPermit permit, ByteView certificate,
                                                const crypto::Pkcs10& request);

// That what the right is for was asked otherwise: it names the right's challenge and device.
[[nodiscard]] Refusal refusal_of(const GrantedRight& right, core::Failed reason);

// `right`, if the request says what it says; the last step for every right.
[[nodiscard]] RightAnswer confirm(GrantedRight right, const crypto::Pkcs10& request);

// Writes the right into its enrolment, the template as well if it names one.
void grant(GrantedRight right, core::NewEnrollment& enrollment);
// Writes what a refusal knows of the challenge into the enrolment that it is noted as.
void ascribe(const Refusal& refusal, core::NewEnrollment& enrollment);

}  // namespace certconnector::enrollment
