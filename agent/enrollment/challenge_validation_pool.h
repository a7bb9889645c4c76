// Questions to the management endpoint about challenges, on threads of their own: who waits for it
// holds up nobody else. They are bounded in number and in time. An endpoint that does not answer is
// left alone for a while, and whoever asks meanwhile is told so at once.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "agent/core/ports/challenge_validator.h"
#include "common/log/log.h"
#include "common/runtime/circuit_breaker.h"
#include "common/runtime/worker_pool.h"

namespace certconnector::enrollment {

// Thread-safe. Life: constructor, close(), destructor.
class ChallengeValidationPool {
 public:
  // On one of the threads. `in_time` false: it has waited longer than an answer may take, and
  // nobody should be asked any more.
  using Task = std::function<void(bool in_time)>;

  // `threads` questions at a time. All else outlives it.
  ChallengeValidationPool(core::ChallengeValidator& authority, const Clock& clock,
                          log::Logger& logger, std::size_t threads);

  // How long an answer may take, and a task wait; from the next on.
  void set_limit(Duration limit);
  // False: too many wait, or it is closed; the task is not taken.
  [[nodiscard]] bool post(Task task);
  // Blocks: for a Task. Errors: no verdict, and why.
  [[nodiscard]] Result<core::ChallengeVerdict> ask(const core::ChallengeQuestion& question);
  // Why the endpoint is left alone, for a person; empty: it answers, as far as is known.
  [[nodiscard]] std::string trouble() const;
  // Ends the questions under way; drops those that wait.
  void close();

 private:
  [[nodiscard]] Duration limit() const;
  void note(const Result<core::ChallengeVerdict>& answer);

  core::ChallengeValidator& authority_;
  const Clock& clock_;
  log::Logger& logger_;
  StopSource stopping_;
  mutable std::mutex mutex_;
  Duration limit_;
  runtime::CircuitBreaker breaker_;
  std::string last_failure_;
  runtime::WorkerPool pool_;
};

}  // namespace certconnector::enrollment
