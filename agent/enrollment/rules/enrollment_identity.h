// What makes two requests one enrollment. Pure; hashes are SHA-256 over parts that cannot run into
// each other.
//
//   part                    own challenge   shared right   others do it   refusal
//   ----------------------  -------------   ------------   ------------   -------
//   service                 yes             yes            yes            yes
//   transaction id          yes             yes            yes            yes
//   public key              yes             yes            yes            yes
//   right                   yes             yes            yes            yes
//   request                 -               yes            yes            -
//   template                -               -              yes            -
//   reason of the refusal   -               -              -              yes
//   id of the challenge     -               -              -              yes
//
//   own challenge   good for one certificate: whatever is asked for, it is one enrollment
//   shared right    many may use it: another name gets another certificate
//   others do it    NewJob::external, with or without a challenge: an NDES issues on the agent's
//                   word, so that word is for the very same request alone
//   refusal         NewJob::rejection, before everything else: each reason is told once, and a
//                   device brings about so many refusals and no more
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
