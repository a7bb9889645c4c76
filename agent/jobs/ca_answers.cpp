#include "agent/jobs/ca_answers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/core/certificate_rules.h"
#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "common/time/rfc3339.h"

namespace certconnector::jobs {
namespace {

core::RetryLater passing(const core::FailureCode& code, std::string message) {
  core::RetryLater wish;
  wish.code = code.name;
  wish.message = std::move(message);
  return wish;
}

// Grows with the time the request has been pending, so that a person's approval at the CA is seen
// soon and a request that waits for days costs little.
Timestamp next_look(const core::ClaimedJob& job, const core::PendingAtCa& pending,
                    const AnswerContext& context) {
  if (pending.retry_after) {
    return context.now + std::max(*pending.retry_after, context.rules.pending_first);
  }
  const Duration age = std::max(context.now - job.received, Duration(0));
  return context.now + std::clamp(age / 4, context.rules.pending_first, context.rules.pending_cap);
}

core::Verdict in_doubt(const core::ClaimedJob& job, const core::InDoubt& answer,
                       const AnswerContext& context) {
  if (context.ports.finder != nullptr) {
    core::RetryLater wish = passing(core::failure::kInDoubt, answer.message);
    wish.ask_ca_first = true;
    wish.backoff = context.rules.retry.next(job.last_backoff, std::nullopt, context.random);
    wish.due = context.now + wish.backoff;
    return wish;
  }
  if (context.ports.in_doubt == core::InDoubtPolicy::hold) {
    return core::Hold{"The CA may or may not have taken the request (" + answer.message +
                      "), and it cannot be asked."};
  }
  return retry_or_die(job,
                      passing(core::failure::kInDoubt,
                              answer.message + "; the same request is sent again, as in_doubt = "
                                               "resubmit says"),
                      std::nullopt, context);
}

// Nothing the job can help: however long the repair takes, it costs no attempt.
core::Verdict after_repair(const core::ClaimedJob& job, const core::CaDamaged& answer,
                           const AnswerContext& context) {
  core::RetryLater wish = passing(core::failure::kCaUnavailable, answer.error.message());
  wish.count_attempt = false;
  wish.ask_ca_first = job.interrupted;
  wish.backoff = context.rules.retry.next(job.last_backoff, std::nullopt, context.random);
  wish.due = context.now + wish.backoff;
  return wish;
}

}  // namespace

std::optional<core::Die> past_deadline(const core::Job& job, Timestamp now) {
  if (!job.deadline || now < *job.deadline) return std::nullopt;
  return core::Die{
      core::failed(core::failure::kDeadlinePassed,
                   "The deadline " + to_rfc3339(*job.deadline) +
                       " passed before the job was done. Queue the job again with a later one.")};
}

bool has_attempt_limit(const core::Job& job) {
  return job.key.source != core::JobSource::local || job.type() != core::JobType::revoke;
}

core::Verdict retry_or_die(const core::ClaimedJob& job, core::RetryLater wish,
                           std::optional<Duration> retry_after, const AnswerContext& context) {
  if (wish.count_attempt && has_attempt_limit(job.job) &&
      job.attempt >= context.rules.max_attempts) {
    return core::Die{core::failed(
        core::failure::kAttemptsUsedUp,
        std::to_string(job.attempt) + " attempts failed, the last one: " + wish.message)};
  }
  wish.backoff = context.rules.retry.next(job.last_backoff, retry_after, context.random);
  wish.due = context.now + wish.backoff;
  return wish;
}

core::Verdict verdict_of(const core::ClaimedJob& job, core::SubmitAnswer answer,
                         const AnswerContext& context) {
  return std::visit(
      core::Overloaded{
          [&](core::Issued& issued) -> core::Verdict {
            return core::Finish{std::move(issued), core::label_of(job.job)};
          },
          [&](core::PendingAtCa& pending) -> core::Verdict {
            const Timestamp due = next_look(job, pending, context);
            return core::WaitForCa{std::move(pending.request_id), due};
          },
          [](core::NeedsApproval& needs) -> core::Verdict {
            return core::WaitForApproval{std::move(needs.message)};
          },
          [](core::DeniedByCa& denied) -> core::Verdict {
            return core::Finish{std::move(denied.reason)};
          },
          [&](core::CaUnavailable& unavailable) -> core::Verdict {
            return retry_or_die(job, passing(core::failure::kCaUnavailable, unavailable.message),
                                unavailable.retry_after, context);
          },
          [&](core::CaDamaged& damaged) -> core::Verdict {
            return after_repair(job, damaged, context);
          },
          [&](core::InDoubt& doubt) -> core::Verdict { return in_doubt(job, doubt, context); }},
      answer);
}

core::Verdict verdict_of(const core::ClaimedJob& job, core::RevokeAnswer answer,
                         const AnswerContext& context) {
  return std::visit(
      core::Overloaded{
          [](core::Revoked& revoked) -> core::Verdict { return core::Finish{revoked}; },
          [](core::DeniedByCa& denied) -> core::Verdict {
            return core::Finish{std::move(denied.reason)};
          },
          [&](core::CaUnavailable& unavailable) -> core::Verdict {
            return retry_or_die(job, passing(core::failure::kCaUnavailable, unavailable.message),
                                unavailable.retry_after, context);
          },
          [&](core::CaDamaged& damaged) -> core::Verdict {
            return after_repair(job, damaged, context);
          },
          [&](core::RevocationPending& pending) -> core::Verdict {
            core::RetryLater wish =
                passing(core::failure::kCaUnavailable, "the CA has not revoked it yet");
            wish.count_attempt = false;
            return retry_or_die(job, std::move(wish), pending.retry_after, context);
          }},
      answer);
}

}  // namespace certconnector::jobs
