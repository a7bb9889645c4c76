#include "agent/enrollment/rules/begin_rules.h"

#include <array>

#include "agent/enrollment/rules/challenge_rules.h"

namespace certconnector::enrollment {
namespace {

constexpr auto kStands = KnownStep::stands;
constexpr auto kReplaced = KnownStep::replaced;
constexpr auto kUsedUp = KnownStep::used_up;

struct KnownRow {
  Progress progress;
  std::array<KnownStep, 3> step;  // by EnrollmentKind
};
constexpr std::array<KnownRow, 5> kKnownSteps{{
    {Progress::under_way, {kStands, kStands, kStands}},
    {Progress::succeeded, {kStands, kStands, kStands}},
    {Progress::failed, {kReplaced, kReplaced, kStands}},
    {Progress::unknown, {kStands, kReplaced, kStands}},
    {Progress::gone, {kUsedUp, kReplaced, kReplaced}},
}};

// The choice for a known enrollment: it answers, or the new row replaces it.
Result<BeginDecision> decide_known(const KnownEnrollment& known, EnrollmentKind kind,
                                   EnrollmentRows& rows, Timestamp now) {
  CC_TRY_ASSIGN(const EnrollmentJob job, rows.job(known.ticket));
  switch (known_step(job.progress, kind)) {
    case KnownStep::used_up:
      return BeginDecision(core::ChallengeConflict::challenge_used);
    case KnownStep::replaced:
      return BeginDecision(BeginNew{known.ticket, {}, {}, false});
    case KnownStep::stands:
      break;
  }
  CC_TRY_ASSIGN(auto standing, standing_of(known, job, rows));
  if (begins_beside(kind, standing.outcome, now)) return BeginDecision(BeginNew{});
  return BeginDecision(std::move(standing));
}

}  // namespace

EnrollmentKind kind_of(const core::NewEnrollment& enrollment) {
  if (enrollment.job.rejection) return EnrollmentKind::denial;
  return enrollment.challenge.empty() ? EnrollmentKind::shared : EnrollmentKind::own_challenge;
}

KnownStep known_step(Progress progress, EnrollmentKind kind) {
  for (const KnownRow& row : kKnownSteps) {
    if (row.progress == progress) return row.step.at(static_cast<std::size_t>(kind));
  }
  return KnownStep::stands;
}

bool begins_beside(EnrollmentKind kind, const std::optional<core::Outcome>& outcome,
                   Timestamp now) {
  if (kind != EnrollmentKind::shared || !outcome) return false;
  const auto* issued = std::get_if<core::Issued>(&*outcome);
  return issued != nullptr && issued->certificate.not_after <= now;
}

bool holds_challenge(const core::NewEnrollment& enrollment) {
  return kind_of(enrollment) == EnrollmentKind::own_challenge;
}

Result<BeginDecision> decide_begin(const core::NewEnrollment& enrollment,
                                   const std::optional<KnownEnrollment>& known,
                                   EnrollmentRows& rows, Timestamp now) {
  BeginDecision decision = BeginNew{};
  if (known) {
    CC_TRY_ASSIGN(decision, decide_known(*known, kind_of(enrollment), rows, now));
  }
  auto* begin = std::get_if<BeginNew>(&decision);
  if (begin == nullptr) return decision;
  if (enrollment.renewal && !enrollment.job.rejection) {
    CC_TRY_ASSIGN(begin->lineage, rows.lineage(enrollment, now));
    if (begin->lineage) {
      const LineageStep step = lineage_step(*begin->lineage, enrollment.renewal->limits);
      if (step.conflict) return BeginDecision(*step.conflict);
      begin->uses_allowance = step.uses_allowance;
    }
  }
  if (!holds_challenge(enrollment)) return decision;

  CC_TRY_ASSIGN(const auto holder, rows.holder(enrollment.challenge));
  const bool own = holder && begin->replaces && holder->value == begin->replaces->value;
  if (!holder || own) return decision;
  CC_TRY_ASSIGN(const EnrollmentJob job, rows.job(*holder));
  if (const auto conflict = conflict_for(use_by(job.progress))) return BeginDecision(*conflict);
  begin->releases = holder;
  return decision;
}

core::EnrollmentStanding begun_standing(const core::NewEnrollment& enrollment,
                                        core::JobTicket ticket) {
  core::EnrollmentStanding standing;
  standing.ticket = ticket;
  standing.begun = !enrollment.job.rejection;
  if (enrollment.job.rejection) {
    standing.state = core::JobState::failed;
    standing.outcome = *enrollment.job.rejection;
  }
  return standing;
}

}  // namespace certconnector::enrollment
