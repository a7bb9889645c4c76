// Whether a challenge for one certificate is free, in use or used. Nobody stores it: it follows
// from the job of the enrollment that holds the challenge.
#pragma once

#include <optional>
#include <string>

#include "agent/core/ports/challenge_ledger.h"
#include "agent/enrollment/rules/enrollment_progress.h"

namespace certconnector::enrollment {

//   its holder                          use      another request gets
//   ----------------------------------  -------  ---------------------------------
//   nobody                              free     the challenge
//   one that failed                     free     the challenge: the other loses it
//   one that is under way               in_use   challenge_in_use
//   one that succeeded                  used     challenge_used
//   one without an outcome (unknown)    used     challenge_used: there may be one
//   one whose job is gone               used     challenge_used
enum class ChallengeUse { free, in_use, used };
[[nodiscard]] ChallengeUse use_by(Progress holder);
[[nodiscard]] std::optional<core::ChallengeConflict> conflict_for(ChallengeUse use);
[[nodiscard]] Result<ChallengeUse> use_of(const std::string& challenge, EnrollmentRows& rows);

// A challenge password, the first row that fits:
//
//   revoked   use      in time   state
//   -------   ------   -------   -------
//   yes       -        -         revoked
//   no        in_use   -         in_use
//   no        used     -         used
//   no        free     yes       open
//   no        free     no        expired
[[nodiscard]] core::ChallengeState state_of(bool revoked, ChallengeUse use, bool in_time);
// From `valid_until` on a password is out of time.
[[nodiscard]] bool is_in_time(Timestamp valid_until, Timestamp now);
// A used password stays as long as the enrollment that holds it.
[[nodiscard]] bool may_forget_password(Timestamp valid_until, bool held, Timestamp before);
[[nodiscard]] bool may_forget_revocation(Timestamp forget_at, Timestamp before);

// Whether a person's retry of an enrollment's job may have its challenge back. A job runs again
// only on its own challenge; the first row that fits:
//
//   replaced   has one   held by          it is    answer
//   --------   -------   --------------   ------   --------
//   yes        -         -                -        replaced
//   no         no        -                -        nothing_to_take
//   no         yes       this one         -        nothing_to_take
//   no         yes       nobody           -        takes
//   no         yes       another          free     takes, and the other loses it
//   no         yes       another          in use   taken
//   no         yes       another          used     taken
enum class TakeBack {
  nothing_to_take,
  takes,
  replaced,  // a newer job of the same enrollment stands for it
  taken      // another request has the challenge
};
// `other`: the progress of the enrollment that holds the challenge, if another one does.
struct ChallengeHold {
  bool replaced = false;
  bool has_challenge = false;
  bool holds_it = false;
  std::optional<Progress> other;
};
[[nodiscard]] TakeBack may_take_challenge_back(const ChallengeHold& hold);

struct RetriedEnrollment {
  core::JobTicket ticket;
  bool replaced = false;
  std::string challenge;  // empty: none
};
// The changes of a retry. `why_not`: for the person who asked; then nothing changes.
struct TakeBackStep {
  bool takes = false;
  std::optional<core::JobTicket> releases;  // the failed enrollment that held the challenge
  std::optional<std::string> why_not;
};
[[nodiscard]] Result<TakeBackStep> take_challenge_back(const RetriedEnrollment& retried,
                                                       EnrollmentRows& rows);

}  // namespace certconnector::enrollment
