#include "agent/core/ca_answers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "common/time/rfc3339.h"

namespace certconnector::core {
namespace {

RetryLater passing(const FailureCode& code, std::string message) {
  RetryLater wish;
  wish.code = code.name;
  wish.message = std::move(message);
  return wish;
}

// Grows with the time the request has been pending, so that a person's approval at the CA is seen
// soon and a request that waits for days costs little.
Timestamp next_look(const ClaimedJob& job, const AnswerContext& context) {
  const Duration age = std::max(context.now - job.received, Duration(0));
  return context.now + std::clamp(age / 4, context.rules.pending_first, context.rules.pending_cap);
}

Verdict in_doubt(const ClaimedJob& job, const InDoubt& answer, const AnswerContext& context) {
  if (context.authority.finder != nullptr) {
    RetryLater wish = passing(failure::kInDoubt, answer.message);
    wish.ask_ca_first = true;
    wish.backoff = context.rules.retry.next(job.last_backoff, std::nullopt, context.random);
    wish.due = context.now + wish.backoff;
    return wish;
  }
  if (context.authority.in_doubt == InDoubtPolicy::hold) {
    return Hold{"The CA may or may not have taken the request (" + answer.message +
                "), and it cannot be asked. Look for a certificate at the CA, then retry or cancel "
                "the job."};
  }
  return retry_or_die(
      job,
      passing(failure::kInDoubt, answer.message + "; the same request is sent again, as in_doubt = "
                                                  "resubmit says"),
      std::nullopt, context);
}

// Nothing the job can help: however long the repair takes, it costs no attempt.
Verdict after_repair(const ClaimedJob& job, const CaDamaged& answer, const AnswerContext& context) {
  RetryLater wish = passing(failure::kCaUnavailable, answer.error.message());
  wish.count_attempt = false;
  wish.ask_ca_first = job.interrupted;
  wish.backoff = context.rules.retry.next(job.last_backoff, std::nullopt, context.random);
  wish.due = context.now + wish.backoff;
  return wish;
}

}  // namespace

std::optional<Die> past_deadline(const Job& job, Timestamp now) {
  if (!job.deadline || now < *job.deadline) return std::nullopt;
  return Die{failed(failure::kDeadlinePassed,
                    "The deadline " + to_rfc3339(*job.deadline) +
                        " passed before the job was done. Queue the job again with a later one.")};
}

bool has_attempt_limit(const Job& job) {
  return job.key.source != JobSource::local || job.type() != JobType::revoke;
}

Verdict retry_or_die(const ClaimedJob& job, RetryLater wish, std::optional<Duration> retry_after,
                     const AnswerContext& context) {
  if (wish.count_attempt && has_attempt_limit(job.job) &&
      job.attempt >= context.rules.max_attempts) {
    return Die{
        failed(failure::kAttemptsUsedUp,
               std::to_string(job.attempt) + " attempts failed, the last one: " + wish.message)};
  }
  wish.backoff = context.rules.retry.next(job.last_backoff, retry_after, context.random);
  wish.due = context.now + wish.backoff;
  return wish;
}

Verdict verdict_of(const ClaimedJob& job, SubmitAnswer answer, const AnswerContext& context) {
  return std::visit(
      Overloaded{
          [](Issued& issued) -> Verdict { return Finish{std::move(issued)}; },
          [&](PendingAtCa& pending) -> Verdict {
            return WaitForCa{std::move(pending.request_id), next_look(job, context)};
          },
          [](NeedsApproval& needs) -> Verdict { return WaitForApproval{std::move(needs.message)}; },
          [](DeniedByCa& denied) -> Verdict { return Finish{std::move(denied.reason)}; },
          [&](CaUnavailable& unavailable) -> Verdict {
            return retry_or_die(job, passing(failure::kCaUnavailable, unavailable.message),
                                unavailable.retry_after, context);
          },
          [&](CaDamaged& damaged) -> Verdict { return after_repair(job, damaged, context); },
          [&](InDoubt& doubt) -> Verdict { return in_doubt(job, doubt, context); }},
      answer);
}

Verdict verdict_of(const ClaimedJob& job, RevokeAnswer answer, const AnswerContext& context) {
  return std::visit(
      Overloaded{
          [](Revoked& revoked) -> Verdict { return Finish{revoked}; },
          [](DeniedByCa& denied) -> Verdict { return Finish{std::move(denied.reason)}; },
          [&](CaUnavailable& unavailable) -> Verdict {
            return retry_or_die(job, passing(failure::kCaUnavailable, unavailable.message),
                                unavailable.retry_after, context);
          },
          [&](CaDamaged& damaged) -> Verdict { return after_repair(job, damaged, context); }},
      answer);
}

}  // namespace certconnector::core
