// What a CA's answer means for the job: answers in, verdicts out. Pure but for the jitter.
#pragma once

#include "agent/core/ports/certification_authority.h"
#include "agent/core/ports/job_store.h"
#include "agent/core/retry_policy.h"

namespace certconnector::core {

struct AnswerRules {
  RetryPolicy retry;
  int max_attempts = 20;
  Duration pending_first{
      10000};  // a pending request is asked for again after this, later less often,
  Duration pending_cap{900000};  // at most this far apart
};

// What the verdict is made from.
struct AnswerContext {
  const AnswerRules& rules;
  const Authority& authority;
  Timestamp now;
  RandomSource& random;
};

[[nodiscard]] Verdict verdict_of(const ClaimedJob& job, SubmitAnswer answer,
                                 const AnswerContext& context);
[[nodiscard]] Verdict verdict_of(const ClaimedJob& job, RevokeAnswer answer,
                                 const AnswerContext& context);
// A passing failure: tried again until attempts or deadline are used up.
[[nodiscard]] Verdict retry_or_die(const ClaimedJob& job, RetryLater wish,
                                   std::optional<Duration> retry_after,
                                   const AnswerContext& context);
// The agent's own revocations go on until the CA has answered: nobody else would notice that a
// certificate which was not taken, or that a person took back, stays good.
[[nodiscard]] bool has_attempt_limit(const Job& job);
// Past its deadline: what the job dies of.
[[nodiscard]] std::optional<Die> past_deadline(const Job& job, Timestamp now);

}  // namespace certconnector::core
