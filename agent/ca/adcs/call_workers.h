// Threads for calls that nobody can end: who waits for one gives up, and its thread goes on.
#pragma once

#include <functional>
#include <memory>

#include "agent/core/ports/call_context.h"
#include "common/time/clock.h"

namespace certconnector::ca {

// Made on the worker's thread and used there alone: a thread's COM, and the objects of one CA.
class WorkerTools {
 public:
  virtual ~WorkerTools() = default;
};

enum class CallEnd {
  done,
  gave_up,   // at the deadline or the stop; the call goes on
  not_begun  // as many calls as there may be are under way, or the stop came first
};

// Thread-safe. A thread begins with a call for which none is free, and stays.
class CallWorkers {
 public:
  using Open = std::function<std::unique_ptr<WorkerTools>()>;
  // Owns all that it touches: it may outlive the caller.
  using Work = std::function<void(WorkerTools&)>;

  // The clock outlives it.
  CallWorkers(Open open, std::size_t most, const Clock& clock);
  // Waits for no call. A thread whose call goes on ends after it.
  ~CallWorkers();
  CallWorkers(const CallWorkers&) = delete;
  CallWorkers& operator=(const CallWorkers&) = delete;

  [[nodiscard]] CallEnd run(Work work, const core::CallContext& call);

 private:
  struct State;

  const std::shared_ptr<State> state_;
  const Clock& clock_;
};

}  // namespace certconnector::ca
