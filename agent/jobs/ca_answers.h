// Turns a CA's answers into verdicts on jobs. Pure but for the jitter.
#pragma once

#include "agent/core/ports/certificate_authority.h"
#include "agent/core/ports/job_store.h"
#include "common/runtime/retry_policy.h"

namespace certconnector::jobs {

struct AnswerRules {
  runtime::RetryPolicy retry;
  int max_attempts = 20;
  Duration pending_first{
      10000};  // the agent asks for a pending request again after this, later less often,
  Duration pending_cap{900000};  // at most this far apart
};

// The inputs of a verdict, beside job and answer.
struct AnswerContext {
  const AnswerRules& rules;
  const core::CaPorts& ports;
  Timestamp now;
  runtime::RandomSource& random;
};

[[nodiscard]] core::Verdict verdict_of(const core::ClaimedJob& job, core::SubmitAnswer answer,
                                       const AnswerContext& context);
[[nodiscard]] core::Verdict verdict_of(const core::ClaimedJob& job, core::RevokeAnswer answer,
                                       const AnswerContext& context);
// A passing failure: the agent tries again until attempts or deadline are used up.
[[nodiscard]] core::Verdict retry_or_die(const core::ClaimedJob& job, core::RetryLater wish,
                                         std::optional<Duration> retry_after,
                                         const AnswerContext& context);
// The agent's own revocations go on until the CA has answered. Nobody else would notice a valid
// certificate that the endpoint denied or a person took back.
[[nodiscard]] bool has_attempt_limit(const core::Job& job);
// Past its deadline: the verdict. Nothing: it is in time.
[[nodiscard]] std::optional<core::Die> past_deadline(const core::Job& job, Timestamp now);

}  // namespace certconnector::jobs
