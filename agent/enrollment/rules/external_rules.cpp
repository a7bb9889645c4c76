#include "agent/enrollment/rules/external_rules.h"

#include <algorithm>
#include <utility>

#include "agent/core/overloaded.h"

namespace certconnector::enrollment {

ExternalStep external_step(const core::ExternalOutcome& news, core::JobState state) {
  const bool over = jobs::is_finished(state);
  return std::visit(
      core::Overloaded{
          [&](const core::Issued&) { return over ? ExternalStep::late : ExternalStep::succeeds; },
          [&](const core::Failed&) { return over ? ExternalStep::stands : ExternalStep::fails; },
          [&](const core::StillUnderWay&) {
            return over ? ExternalStep::stands : ExternalStep::ask_later;
          },
          [&](const core::Hold&) {
            const bool can = jobs::next_state(state, jobs::JobTrigger::is_held).has_value();
            return can ? ExternalStep::holds : ExternalStep::stands;
          }},
      news);
}

std::optional<jobs::JobTrigger> trigger_of(ExternalStep step) {
  switch (step) {
    case ExternalStep::succeeds:
      return jobs::JobTrigger::succeeds;
    case ExternalStep::fails:
      return jobs::JobTrigger::fails;
    case ExternalStep::holds:
      return jobs::JobTrigger::is_held;
    case ExternalStep::ask_later:
    case ExternalStep::late:
    case ExternalStep::stands:
      break;
  }
  return std::nullopt;
}

std::optional<Timestamp> later_deadline(std::optional<Timestamp> deadline, Timestamp ask_at) {
  if (!deadline) return std::nullopt;
  return std::max(*deadline, ask_at);
}

bool is_overdue(core::JobState state, std::optional<Timestamp> external_until, Timestamp now) {
  return state == core::JobState::waiting && external_until && *external_until <= now;
}

bool has_certificate(const std::optional<core::Outcome>& outcome, const core::Issued& issued) {
  const auto* had = outcome ? std::get_if<core::Issued>(&*outcome) : nullptr;
  return had != nullptr && had->certificate.certificate == issued.certificate.certificate;
}

core::NewEnrollment late_enrollment(core::NewEnrollment first, const core::Issued& issued,
                                    const std::string& late_job, Timestamp now) {
  first.right = crypto::sha256(issued.certificate.certificate);
  first.request = {};
  first.challenge.clear();
  first.job.external = now;
  first.job.job.key.id = late_job;
  first.job.job.deadline.reset();
  return first;
}

LateChallenge late_challenge(std::optional<core::JobState> first_ended_as, core::JobTicket first,
                             std::optional<core::JobTicket> holder) {
  const bool releases = first_ended_as != core::JobState::succeeded;
  const bool by_first = holder && holder->value == first.value;
  return {releases, !holder || (by_first && releases)};
}

}  // namespace certconnector::enrollment
