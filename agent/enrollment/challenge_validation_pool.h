// Asks the management endpoint about challenges on separate threads, so that a device that waits
// for the endpoint holds up no other. The number of questions and their time are limited. Circuit
// breaker: when the endpoint does not answer, the agent stops asking for a while. Devices then get
// Unavailable at once.
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
  // On one of the threads. `in_time` false: it waited longer than an answer may take, so do not ask
  // any more.
  using Task = std::function<void(bool in_time)>;

  // `threads` questions at a time. All references outlive it.
  ChallengeValidationPool(core::ChallengeValidator& validator, const Clock& clock,
                          log::Logger& logger, std::size_t threads);

  // How long an answer may take and a task may wait. Holds from the next task on.
  void set_limit(Duration limit);
  // False: too many tasks wait, or the pool is closed. The task does not run.
  [[nodiscard]] bool post(Task task);
  // Blocks: for a Task. Errors: no verdict, and why.
  [[nodiscard]] Result<core::ChallengeVerdict> ask(const core::ChallengeQuestion& question);
  // Why the circuit breaker is open, for a person. Empty: the endpoint answers, as far as is known.
  [[nodiscard]] std::string trouble() const;
  // Ends the open questions and drops the tasks that wait.
  void close();

 private:
  [[nodiscard]] Duration limit() const;
  void note(const Result<core::ChallengeVerdict>& answer);

  core::ChallengeValidator& validator_;
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
