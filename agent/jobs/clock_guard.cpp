#include "agent/jobs/clock_guard.h"

#include <string>
#include <utility>

#include "common/time/rfc3339.h"

namespace certconnector::jobs {
namespace {

constexpr Duration kLookEvery = std::chrono::seconds(5);
// How much the stored time may lag behind the newest one.
constexpr Duration kNoteEvery = std::chrono::minutes(1);

constexpr char kStopsWork[] = " The agent issues, publishes and purges nothing.";

std::string seconds_of(Timestamp time) {
  return to_rfc3339(std::chrono::floor<std::chrono::seconds>(time));
}

std::string message_on(ClockStanding standing, const ClockEvidence& evidence) {
  std::string message = "The machine's clock says " + seconds_of(evidence.wall);
  if (standing == ClockStanding::wrong || standing == ClockStanding::differs) {
    message += ", the management endpoint's " + seconds_of(*evidence.endpoint) + ".";
  } else {
    message += ", which is before " + seconds_of(*evidence.newest_stored) +
               ", the newest time that the agent has stored.";
  }
  if (is_wrong(standing)) message += kStopsWork;
  return message;
}

}  // namespace

ClockGuard::ClockGuard(core::TimeMark& mark, OperatingMode& operating_mode, StorageGuard& storage,
                       const Clock& clock, log::Logger& logger, std::string set_clock)
    : mark_(mark),
      operating_mode_(operating_mode),
      storage_(storage),
      clock_(clock),
      logger_(logger),
      set_clock_(std::move(set_clock)) {}

Duration ClockGuard::step(const StopToken&) {
  if (storage_.is_failing()) return kLookEvery;
  const Timestamp wall = clock_.wall();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!loaded_ && !load()) return kLookEvery;
  const ClockEvidence now = evidence(wall);
  tell(judge(now), now);
  if (!has_to_note(now)) return kLookEvery;
  if (const Status noted = mark_.note(wall); !noted.ok()) {
    storage_.failed(noted.error());
  } else {
    newest_stored_ = wall;
  }
  return kLookEvery;
}

// With the mutex held. A clock whose past cannot be read does no work: the storage fails.
bool ClockGuard::load() {
  auto newest = mark_.newest();
  if (!newest.ok()) {
    storage_.failed(newest.error());
    return false;
  }
  newest_stored_ = *newest;
  loaded_ = true;
  return true;
}

void ClockGuard::saw_time(Timestamp theirs) {
  const Timestamp wall = clock_.wall();
  const std::lock_guard<std::mutex> lock(mutex_);
  endpoint_ahead_ = theirs - clock_.now();
  if (!loaded_) return;
  const ClockEvidence now = evidence(wall);
  tell(judge(now), now);
}

ClockEvidence ClockGuard::evidence(Timestamp wall) const {
  ClockEvidence now{wall, newest_stored_, std::nullopt};
  if (!endpoint_ahead_) return now;
  now.endpoint = clock_.now() + *endpoint_ahead_;
  if (!accepted_) return now;
  // A person knows of this difference. It may be gone by now.
  const Timestamp expected = *now.endpoint - *accepted_;
  const Duration off = apart(expected, wall);
  if (off <= kMostApart && off < apart(*now.endpoint, wall)) now.endpoint = expected;
  return now;
}

bool ClockGuard::has_to_note(const ClockEvidence& now) const {
  const ClockStanding standing = judge(now);
  if (is_wrong(standing)) return false;
  if (!newest_stored_) return true;
  const bool confirmed = is_confirmed(now);
  if (*newest_stored_ - now.wall > kClockWarning) return confirmed;
  const bool jumped = now.wall - clock_.now() > kMostBehind;
  return now.wall - *newest_stored_ >= kNoteEvery && (confirmed || !jumped);
}

std::string ClockGuard::remedy_for(ClockStanding standing) const {
  std::string remedy = "set the machine's clock, for example with: " + set_clock_ +
                       ". The agent goes on by itself. ";
  const bool endpoint = standing == ClockStanding::wrong || standing == ClockStanding::differs;
  if (endpoint) remedy += "If the endpoint's clock is the wrong one, tell its administrator";
  if (!is_wrong(standing)) return remedy;
  remedy += endpoint ? ", and run: " : "If the clock is right and was ahead before, run: ";
  return remedy + "certconnector clock accept";
}

void ClockGuard::tell(ClockStanding standing, const ClockEvidence& now) {
  if (std::exchange(told_, standing) == standing) return;
  operating_mode_.set_clock_wrong(is_wrong(standing));
  if (standing == ClockStanding::right) {
    return logger_.info("clock.right", "The machine's clock is right again; the agent goes on.");
  }
  const std::string message = message_on(standing, now) + " Next: " + remedy_for(standing);
  if (is_wrong(standing)) return logger_.error("clock.wrong", message);
  logger_.warning("clock.doubtful", message);
}

std::vector<core::HealthFinding> ClockGuard::findings(Timestamp wall) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const ClockEvidence now = evidence(wall);
  const ClockStanding standing = judge(now);
  if (standing == ClockStanding::right) return {};
  const core::FindingCode& code =
      is_wrong(standing) ? core::finding::kClockWrong : core::finding::kClockDoubtful;
  return {core::found(code, "clock", message_on(standing, now), remedy_for(standing))};
}

Status ClockGuard::accept() {
  const Timestamp wall = clock_.wall();
  const std::lock_guard<std::mutex> lock(mutex_);
  CC_TRY(mark_.note(wall));
  loaded_ = true;
  newest_stored_ = wall;
  if (endpoint_ahead_) accepted_ = clock_.now() + *endpoint_ahead_ - wall;
  const ClockEvidence now = evidence(wall);
  tell(judge(now), now);
  return {};
}

}  // namespace certconnector::jobs
