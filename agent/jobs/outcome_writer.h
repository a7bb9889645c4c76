// Brings verdicts into the store and never loses one: what the store cannot take now is kept in
// memory and tried again until it can. Lasts as long as the owner of the claims does, over every
// change of settings: while it keeps a verdict, the job is claimed by nobody else. Thread-safe.
#pragma once

#include <mutex>
#include <vector>

#include "agent/core/outcome_listener.h"
#include "agent/core/ports/job_store.h"
#include "agent/jobs/storage_guard.h"
#include "common/log/log.h"
#include "common/runtime/retry_policy.h"
#include "common/runtime/signal.h"

namespace certconnector::jobs {

// All of it outlives the writer.
struct OutcomeWriterParts {
  core::JobStore& store;
  StorageGuard& storage;
  const Clock& clock;
  runtime::RandomSource& random;
  log::Logger& logger;
  core::OutcomeListener* listener = nullptr;  // null: nobody else waits
};

class OutcomeWriter {
 public:
  OutcomeWriter(const OutcomeWriterParts& parts, core::ClaimOwner owner);

  // True: durable. False: kept, and the storage guard stops new work.
  bool settle(std::vector<core::Settlement> settlements);
  // A loop step: tries what is kept.
  Duration step(const StopToken& stop);
  // The last try before the process ends. After the restart the agent asks the CA for the outcomes
  // that this could not save.
  void flush();
  [[nodiscard]] std::size_t kept() const;
  [[nodiscard]] const core::ClaimOwner& owner() const { return owner_; }

  // Notified when outcomes became durable: the reporter waits on it.
  [[nodiscard]] runtime::Signal& settled() { return settled_; }
  // Notified when verdicts had to be kept: the loop of step() waits on it.
  [[nodiscard]] runtime::Signal& keeping() { return keeping_; }

 private:
  bool try_kept();
  // As many as one call of the store may have, from the front.
  [[nodiscard]] std::vector<core::Settlement> take_some(std::vector<core::Settlement>& from) const;
  bool settle_some(std::vector<core::Settlement> settlements);
  void tell(std::vector<core::Settlement> settlements, const std::vector<core::Settled>& settled);

  const OutcomeWriterParts parts_;
  const core::ClaimOwner owner_;
  mutable std::mutex mutex_;
  std::vector<core::Settlement> kept_;
  runtime::Backoff backoff_;
  runtime::Signal settled_;
  runtime::Signal keeping_;
};

}  // namespace certconnector::jobs
