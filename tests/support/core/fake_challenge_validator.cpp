#include "tests/support/core/fake_challenge_validator.h"

#include <chrono>
#include <utility>

#include "agent/core/errors.h"

namespace certconnector::testing {

void FakeChallengeValidator::answer_with(Answer answer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  answer_ = std::move(answer);
}

void FakeChallengeValidator::fail_with(Error failure) {
  const std::lock_guard<std::mutex> lock(mutex_);
  answer_ = nullptr;
  failure_ = std::move(failure);
}

void FakeChallengeValidator::hold() {
  const std::lock_guard<std::mutex> lock(mutex_);
  holding_ = true;
}

void FakeChallengeValidator::release() {
  const std::lock_guard<std::mutex> lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

std::vector<core::ChallengeQuestion> FakeChallengeValidator::asked() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return asked_;
}

bool FakeChallengeValidator::wait_for_held(std::size_t count) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return held_ >= count; });
}

Result<core::ChallengeVerdict> FakeChallengeValidator::ask(const core::ChallengeQuestion& question,
                                                           Duration limit, const StopToken& stop) {
  bool stopped = false;  // under the mutex, since the token must not be asked under it
  const StopCallback wake = stop.on_stop([this, &stopped] {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped = true;
    changed_.notify_all();
  });
  std::unique_lock<std::mutex> lock(mutex_);
  asked_.push_back(question);
  ++held_;
  changed_.notify_all();
  changed_.wait_for(lock, limit, [&] { return !holding_ || stopped; });
  --held_;
  if (!holding_ && answer_) return answer_(question);
  if (!holding_ && failure_) return *failure_;
  return Error(core::CoreErrc::bad_answer, ErrorKind::transient, "nobody answers");
}

}  // namespace certconnector::testing
