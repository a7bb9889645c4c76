// Whether the agent may take and do work now, and if not, why. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/health.h"
#include "common/result/error.h"
#include "common/runtime/signal.h"

namespace certconnector::jobs {

enum class OperatingState { working, paused, draining, storage_full, not_enrolled, clock_wrong };
// "working", "paused", "draining", "storage_full", "not_enrolled", "clock_wrong": heartbeat,
// status, logs. storage_full: the database cannot be written, for whatever reason.
[[nodiscard]] std::string_view to_string(OperatingState state);

// Why the agent does no jobs in that state, and what ends it, as sentences; empty: it does them.
[[nodiscard]] std::string_view why_at_rest(OperatingState state);

class OperatingMode {
 public:
  void pause();   // no new leases, no new submissions
  void drain();   // no new leases
  void resume();  // ends both
  void set_enrolled(bool enrolled);
  void storage_failed(const Error& error);
  void storage_works();
  void set_clock_wrong(bool wrong);

  // The first that applies, in the order storage_full, clock_wrong, paused, draining, not_enrolled.
  [[nodiscard]] OperatingState state() const;
  [[nodiscard]] bool may_lease() const;   // working
  [[nodiscard]] bool may_submit() const;  // neither paused, storage_full nor clock_wrong
  [[nodiscard]] bool may_report() const;  // enrolled, storage works
  // Whether the agent may publish and purge by itself: the storage works, the clock is right.
  [[nodiscard]] bool may_maintain() const;
  [[nodiscard]] bool clock_is_wrong() const;
  [[nodiscard]] bool storage_is_failing() const;
  // Nothing when the queue can be written.
  [[nodiscard]] std::optional<core::HealthFinding> storage_finding() const;

  // Notified after every change.
  [[nodiscard]] runtime::Signal& changed() { return changed_; }

 private:
  template <typename Change>
  void change(Change change);

  mutable std::mutex mutex_;
  bool paused_ = false;
  bool draining_ = false;
  bool enrolled_ = false;
  bool clock_wrong_ = false;
  std::optional<Error> storage_failure_;
  runtime::Signal changed_;
};

}  // namespace certconnector::jobs
