// A challenge validator in memory: says what the test wants, when it wants it. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "agent/core/ports/challenge_validator.h"

namespace certconnector::testing {

class FakeChallengeValidator final : public core::ChallengeValidator {
 public:
  using Answer = std::function<core::ChallengeVerdict(const core::ChallengeQuestion&)>;

  void answer_with(Answer answer);
  // Until either is called nobody answers.
  void fail_with(Error failure);
  // Questions from now on wait until release(), their limit or the agent's end.
  void hold();
  void release();
  [[nodiscard]] std::vector<core::ChallengeQuestion> asked();
  // Whether so many questions wait at once, as soon as they do; false after twenty seconds.
  [[nodiscard]] bool wait_for_held(std::size_t count);

  Result<core::ChallengeVerdict> ask(const core::ChallengeQuestion& question, Duration limit,
                                     const StopToken& stop) override;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Answer answer_;
  std::optional<Error> failure_;
  bool holding_ = false;
  std::size_t held_ = 0;
  std::vector<core::ChallengeQuestion> asked_;
};

}  // namespace certconnector::testing
