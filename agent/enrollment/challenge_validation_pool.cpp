#include "agent/enrollment/challenge_validation_pool.h"

#include <exception>
#include <utility>

#include "agent/enrollment/errors.h"

namespace certconnector::enrollment {
namespace {

constexpr std::size_t kMaxWaitingQuestions = 512;
constexpr Duration kFirstLimit{std::chrono::seconds(10)};
constexpr runtime::BreakerSettings kBreaker{5, Duration(std::chrono::seconds(10))};

}  // namespace

ChallengeValidationPool::ChallengeValidationPool(core::ChallengeValidator& validator,
                                                 const Clock& clock, log::Logger& logger,
                                                 std::size_t threads)
    : validator_(validator),
      clock_(clock),
      logger_(logger),
      limit_(kFirstLimit),
      breaker_(kBreaker),
      pool_(threads, kMaxWaitingQuestions, logger) {}

void ChallengeValidationPool::set_limit(Duration limit) {
  const std::lock_guard lock(mutex_);
  limit_ = limit;
}

Duration ChallengeValidationPool::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_;
}

bool ChallengeValidationPool::post(Task task) {
  return pool_.post([this, posted = clock_.now(), task = std::move(task)] {
    task(clock_.now() - posted <= limit());
  });
}

Result<core::ChallengeVerdict> ChallengeValidationPool::ask(
    const core::ChallengeQuestion& question) {
  // The breaker must learn the result also when the question throws; else it waits for this one
  // forever. So nothing that can throw stands between its start and the try.
  Result<core::ChallengeVerdict> answer =
      Error(EnrollmentErrc::endpoint_silent, ErrorKind::transient, "the agent did not ask");
  Duration limit{0};
  {
    const std::lock_guard lock(mutex_);
    if (!breaker_.allows(clock_.now())) {
      return Error(
          EnrollmentErrc::endpoint_silent, ErrorKind::transient,
          "the agent does not ask the management endpoint about challenges for a while, since the "
          "last time: " +
              last_failure_);
    }
    breaker_.started(clock_.now());
    limit = limit_;
  }
  try {
    answer = validator_.ask(question, limit, stopping_.token());
  } catch (const std::exception&) {
    note(answer);
    throw;
  }
  note(answer);
  return answer;
}

void ChallengeValidationPool::note(const Result<core::ChallengeVerdict>& answer) {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.now();
  const bool worked = breaker_.state(now) == runtime::BreakerState::closed;
  // A failed question of one device says nothing about the others'.
  if (answer.ok() || answer.error().kind() == ErrorKind::permanent) {
    breaker_.succeeded();
    if (!worked) logger_.info("challenge.endpoint_answers", "The endpoint answers again.", {});
    return;
  }
  last_failure_ = answer.error().message();
  breaker_.failed(now, answer.error().retry_after());
  if (worked && breaker_.state(now) != runtime::BreakerState::closed) {
    logger_.warning(
        "challenge.endpoint_silent",
        "The management endpoint does not say whether challenges are good; devices have to "
        "come again: " +
            last_failure_,
        {});
  }
}

std::string ChallengeValidationPool::trouble() const {
  const std::lock_guard lock(mutex_);
  return breaker_.state(clock_.now()) == runtime::BreakerState::closed ? std::string()
                                                                       : last_failure_;
}

void ChallengeValidationPool::close() {
  stopping_.request_stop();
  pool_.close();
}

}  // namespace certconnector::enrollment
