// What a CA's answer means for the job: answers in, verdicts out. Pure but for the jitter.
#pragma once

#include "agent/core/ports/certificate_authority.h"
#include "agent/core/ports/job_store.h"
#include "common/runtime/retry_policy.h"

namespace certconnector::jobs {

struct AnswerRules {
  runtime::RetryPolicy retry;
  int max_attempts = 20;
  Duration pending_first{
      10000};  // a pending request is asked for again after this, later less often,
  Duration pending_cap{900000};  // at most this far apart
};

// What the verdict is made from.
struct AnswerContext {
  const AnswerRules& rules;
  const core::CaPorts& authority;
  Timestamp now;
  runtime::RandomSource& random;
};

[[nodiscard]] core::Verdict verdict_of(const core::ClaimedJob& job, core::SubmitAnswer answer,
                                       const AnswerContext& context);
[[nodiscard]] core::Verdict verdict_of(const core::ClaimedJob& job, core::RevokeAnswer answer,
                                       const AnswerContext& context);
// A passing failure: tried again until attempts or deadline are used up.
[[nodiscard]] core::Verdict retry_or_die(const core::ClaimedJob& job, core::RetryLater wish,
                                         std::optional<Duration> retry_after,
                                         const AnswerContext& context);
// The agent's own revocations go on until the CA has answered: nobody else would notice that a
// certificate which was not taken, or that a person took back, stays good.
[[nodiscard]] bool has_attempt_limit(const core::Job& job);
// Past its deadline: what the job dies of.
[[nodiscard]] std::optional<core::Die> past_deadline(const core::Job& job, Timestamp now);

}  // namespace certconnector::jobs
