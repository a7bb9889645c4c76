// Watches over the job store's ability to write. Every caller of the store reports its errors here.
// After a transient one (disk full, read-only) the guard sets the operating state, logs once, and
// probes until the store can write again. An agent at rest writes nothing, so the guard looks by
// itself whether the file is still there. A damaged job or certificate store ends the agent.
// Thread-safe.
#pragma once

#include <functional>
#include <mutex>

#include "agent/core/ports/job_store.h"
#include "agent/jobs/operating_mode.h"
#include "common/log/log.h"
#include "common/runtime/retry_policy.h"

namespace certconnector::jobs {

class StorageGuard {
 public:
  // `on_corrupt` runs at most once, on the thread that saw the damage; it must only request the
  // stop.
  StorageGuard(core::JobStore& store, OperatingMode& operating_mode, const Clock& clock,
               runtime::RandomSource& random, log::Logger& logger,
               std::function<void(const Error&)> on_corrupt);

  void failed(const Error& error);
  // Whether the store cannot be written now.
  [[nodiscard]] bool is_failing() const { return operating_mode_.storage_is_failing(); }
  // As OperatingMode::may_maintain(): the loops that publish and purge ask before each piece.
  [[nodiscard]] bool may_maintain() const { return operating_mode_.may_maintain(); }
  // A loop step: probes when the store is failing and the time has come, else looks for the file.
  Duration step(const StopToken& stop);
  // Notified when the first failure comes: the loop of step() waits on it.
  [[nodiscard]] runtime::Signal& failing() { return failing_; }

 private:
  [[nodiscard]] Duration watch();
  [[nodiscard]] Duration probe();

  core::JobStore& store_;
  OperatingMode& operating_mode_;
  const Clock& clock_;
  log::Logger& logger_;
  std::function<void(const Error&)> on_corrupt_;
  std::mutex mutex_;
  bool corrupt_ = false;
  runtime::Backoff backoff_;
  Timestamp next_probe_;
  runtime::Signal failing_;
};

}  // namespace certconnector::jobs
