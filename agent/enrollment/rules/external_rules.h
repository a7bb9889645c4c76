// What happens to an external enrollment when NDES or the CA reports its outcome.
#pragma once

#include <optional>
#include <string>

#include "agent/core/ports/external_enrollments.h"
#include "agent/jobs/lifecycle/job_transitions.h"

namespace certconnector::enrollment {

//   news              waiting     held        finished
//   ---------------   ---------   ---------   --------
//   Issued            succeeds    succeeds    late (1)
//   Failed            fails       fails       stands
//   StillUnderWay     ask_later   ask_later   stands
//   Hold              holds       stands      stands
//
//   (1) the agent records every certificate that exists, whatever NDES reported before; the one
//       that the job ended with is no news, and stands
enum class ExternalStep { succeeds, fails, ask_later, holds, late, stands };
[[nodiscard]] ExternalStep external_step(const core::ExternalOutcome& news, core::JobState state);
// How the job moves; nothing: its state stays.
[[nodiscard]] std::optional<jobs::JobTrigger> trigger_of(ExternalStep step);

// The agent does not ask about a job before `ask_at`, and the job does not die before that.
[[nodiscard]] std::optional<Timestamp> later_deadline(std::optional<Timestamp> deadline,
                                                      Timestamp ask_at);
// Whether NDES should have reported the outcome of a job by now.
[[nodiscard]] bool is_overdue(core::JobState state, std::optional<Timestamp> external_until,
                              Timestamp now);

// Whether the job ended with this very certificate.
[[nodiscard]] bool has_certificate(const std::optional<core::Outcome>& outcome,
                                   const core::Issued& issued);
// An enrollment like `first`, which ended without the certificate. Its basis is the certificate
// itself, and it has no challenge: late_challenge() decides about that.
[[nodiscard]] core::NewEnrollment late_enrollment(core::NewEnrollment first,
                                                  const core::Issued& issued,
                                                  const std::string& late_job, Timestamp now);

// Which enrollment holds the challenge after a certificate came late.
//
//   the first one ended as   the challenge is held by   first releases   late one holds
//   ----------------------   ------------------------   --------------   --------------
//   succeeded                the first one              no               no
//   otherwise                the first one, or nobody   yes              yes
//   otherwise                another one                yes              no
struct LateChallenge {
  bool first_releases = false;
  bool late_holds = false;
};
[[nodiscard]] LateChallenge late_challenge(std::optional<core::JobState> first_ended_as,
                                           core::JobTicket first,
                                           std::optional<core::JobTicket> holder);

}  // namespace certconnector::enrollment
