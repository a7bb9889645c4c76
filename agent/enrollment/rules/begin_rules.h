// What begin() of the enrollment ledger does with a request.
#pragma once

#include <optional>
#include <variant>

#include "agent/enrollment/rules/enrollment_progress.h"
#include "agent/enrollment/rules/lineage_rules.h"

namespace certconnector::enrollment {

// Longer texts are cut to this; core/ports/enrollment_ledger.h gives the limits to callers.
inline constexpr std::size_t kMaxTransactionId = 255;
inline constexpr std::size_t kMaxDevice = 256;
inline constexpr std::size_t kMaxSubject = 1024;

enum class EnrollmentKind {
  own_challenge,  // its basis is a challenge that is good for one certificate
  shared,         // its basis is a challenge for many, or the certificate that it renews
  denial          // denied on arrival: only noted
};
[[nodiscard]] EnrollmentKind kind_of(const core::NewEnrollment& enrollment);

// What happens to the newest enrollment of the same request (enrollment_identity.h).
//
//   its progress   own_challenge   shared       denial
//   ------------   -------------   ----------   --------
//   under_way      stands          stands       stands
//   succeeded      stands          stands (1)   stands
//   failed         replaced        replaced     stands
//   unknown        stands          replaced     stands
//   gone           used_up         replaced     replaced
//
//   (1) until its certificate has ended, see begins_beside()
enum class KnownStep {
  stands,    // it is the answer
  replaced,  // it gets another job; the old row stays with the old job
  used_up    // its challenge was already used, and no answer is left
};
[[nodiscard]] KnownStep known_step(Progress progress, EnrollmentKind kind);

// Whether another enrollment begins beside one that stands. A shared authorization gives the same
// request another certificate after the old one ended. The old row stays, because it records a
// certificate.
[[nodiscard]] bool begins_beside(EnrollmentKind kind, const std::optional<core::Outcome>& outcome,
                                 Timestamp now);

// The ledger stores a new row and its job. `replaces`: the row that it succeeds; the new row has
// one attempt more. `releases`: the failed enrollment that held the challenge until now.
struct BeginNew {
  std::optional<core::JobTicket> replaces;
  std::optional<core::JobTicket> releases;
  std::optional<LineageFacts> lineage = std::nullopt;  // that it joins
  bool uses_allowance = false;                         // of that lineage
};
using BeginDecision = std::variant<core::EnrollmentStanding, core::ChallengeConflict,
                                   core::LineageConflict, BeginNew>;

// `known`: the newest enrollment of the same identity.
[[nodiscard]] Result<BeginDecision> decide_begin(const core::NewEnrollment& enrollment,
                                                 const std::optional<KnownEnrollment>& known,
                                                 EnrollmentRows& rows, Timestamp now);

// Whether the new row holds the challenge that it names.
[[nodiscard]] bool holds_challenge(const core::NewEnrollment& enrollment);
// The answer after the job is stored under `ticket`.
[[nodiscard]] core::EnrollmentStanding begun_standing(const core::NewEnrollment& enrollment,
                                                      core::JobTicket ticket);

}  // namespace certconnector::enrollment
