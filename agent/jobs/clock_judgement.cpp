#include "agent/jobs/clock_judgement.h"

namespace certconnector::jobs {
namespace {

bool differs(const ClockEvidence& e, Duration most) {
  return e.endpoint && apart(*e.endpoint, e.wall) > most;
}

bool is_behind(const ClockEvidence& e, Duration most) {
  return e.newest_stored && *e.newest_stored - e.wall > most;
}

}  // namespace

Duration apart(Timestamp a, Timestamp b) { return a < b ? b - a : a - b; }

ClockStanding judge(const ClockEvidence& evidence) {
  if (differs(evidence, kMostApart)) return ClockStanding::wrong;
  if (is_confirmed(evidence)) return ClockStanding::right;
  if (is_behind(evidence, kMostBehind)) return ClockStanding::wrong_behind;
  if (is_behind(evidence, kClockWarning)) return ClockStanding::behind;
  return differs(evidence, kClockWarning) ? ClockStanding::differs : ClockStanding::right;
}

bool is_wrong(ClockStanding standing) {
  return standing == ClockStanding::wrong || standing == ClockStanding::wrong_behind;
}

bool is_confirmed(const ClockEvidence& evidence) {
  return evidence.endpoint && !differs(evidence, kClockWarning);
}

}  // namespace certconnector::jobs
