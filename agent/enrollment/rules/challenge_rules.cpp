#include "agent/enrollment/rules/challenge_rules.h"

namespace certconnector::enrollment {

ChallengeUse use_by(Progress holder) {
  switch (holder) {
    case Progress::under_way:
      return ChallengeUse::in_use;
    case Progress::succeeded:
    case Progress::unknown:
    case Progress::gone:
      return ChallengeUse::used;
    case Progress::failed:
      break;
  }
  return ChallengeUse::free;
}

std::optional<core::ChallengeConflict> conflict_for(ChallengeUse use) {
  switch (use) {
    case ChallengeUse::in_use:
      return core::ChallengeConflict::challenge_in_use;
    case ChallengeUse::used:
      return core::ChallengeConflict::challenge_used;
    case ChallengeUse::free:
      break;
  }
  return std::nullopt;
}

Result<ChallengeUse> use_of(const std::string& challenge, EnrollmentRows& rows) {
  CC_TRY_ASSIGN(const auto holder, rows.holder(challenge));
  if (!holder) return ChallengeUse::free;
  CC_TRY_ASSIGN(const EnrollmentJob job, rows.job(*holder));
  return use_by(job.progress);
}

core::ChallengeState state_of(bool revoked, ChallengeUse use, bool in_time) {
  if (revoked) return core::ChallengeState::revoked;
  switch (use) {
    case ChallengeUse::in_use:
      return core::ChallengeState::in_use;
    case ChallengeUse::used:
      return core::ChallengeState::used;
    case ChallengeUse::free:
      break;
  }
  return in_time ? core::ChallengeState::open : core::ChallengeState::expired;
}

bool is_in_time(Timestamp valid_until, Timestamp now) { return now < valid_until; }

bool may_forget_password(Timestamp valid_until, bool held, Timestamp before) {
  return valid_until < before && !held;
}

bool may_forget_revocation(Timestamp forget_at, Timestamp before) { return forget_at < before; }

TakeBack may_take_challenge_back(const ChallengeHold& hold) {
  if (hold.replaced) return TakeBack::replaced;
  if (!hold.has_challenge || hold.holds_it) return TakeBack::nothing_to_take;
  const ChallengeUse use = hold.other ? use_by(*hold.other) : ChallengeUse::free;
  return use == ChallengeUse::free ? TakeBack::takes : TakeBack::taken;
}

Result<TakeBackStep> take_challenge_back(const RetriedEnrollment& retried, EnrollmentRows& rows) {
  ChallengeHold hold;
  hold.replaced = retried.replaced;
  hold.has_challenge = !retried.challenge.empty();
  TakeBackStep step;
  if (!hold.replaced && hold.has_challenge) {
    CC_TRY_ASSIGN(const auto holder, rows.holder(retried.challenge));
    hold.holds_it = holder && holder->value == retried.ticket.value;
    if (holder && !hold.holds_it) {
      CC_TRY_ASSIGN(const EnrollmentJob job, rows.job(*holder));
      hold.other = job.progress;
      step.releases = holder;
    }
  }
  switch (may_take_challenge_back(hold)) {
    case TakeBack::nothing_to_take:
      return step;
    case TakeBack::takes:
      step.takes = true;
      return step;
    case TakeBack::replaced:
      step.why_not =
          "the device has asked again since, and a newer job stands for its request: look for it "
          "with `scep explain` and retry that one";
      return step;
    case TakeBack::taken:
      break;
  }
  step.why_not = "another request has taken its challenge " + retried.challenge +
                 " since: let the device ask again with a new challenge";
  return step;
}

}  // namespace certconnector::enrollment
