// Chooses the jobs that a worker of a CA does next. Has for each CA a concurrency limit, a circuit
// breaker and the next due time. Never blocks on anything but the store.
// Thread-safe; workers call take() and finished() in pairs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "agent/jobs/ca_registry.h"
#include "agent/jobs/job_intake.h"
#include "agent/jobs/operating_mode.h"
#include "agent/jobs/storage_guard.h"
#include "common/runtime/circuit_breaker.h"
#include "common/runtime/signal.h"

namespace certconnector::jobs {

struct SchedulerSettings {
  core::ClaimOwner owner;
  std::size_t workers = 2;  // of one CA, at most
  Duration claim_for{600000};
  runtime::BreakerSettings breaker;
};

struct Batch {
  CaRef handle;
  std::vector<core::ClaimedJob> jobs;  // at least one
};

// Either a batch, or how long there will be none unless signalled.
struct Take {
  std::optional<Batch> batch;
  Duration look_again{0};
};

enum class CaSignal { works, unavailable, not_called };

// The result of a batch, for the scheduler.
struct BatchOutcome {
  CaSignal ca = CaSignal::not_called;
  std::optional<Duration> retry_after;    // the CA's own wish, with unavailable
  std::optional<Timestamp> earliest_due;  // of the jobs that went back into the queue
  std::string failure = {};               // the CA's answer, with unavailable; for a person
};

// How a batch changed the agent's dealings with the CA.
enum class LaneChange : std::uint8_t { none, left_alone, works_again };

struct LaneView {
  runtime::BreakerState breaker = runtime::BreakerState::closed;
  std::size_t running = 0;  // batches under way
  std::string failure;      // of the last batch, for a person; empty: the CA works
};

class Scheduler final : public WorkListener {
 public:
  Scheduler(core::JobStore& store, CaRegistry& cas, OperatingMode& operating_mode,
            StorageGuard& storage, SchedulerSettings settings);

  [[nodiscard]] Take take(const core::CaFingerprint& ca, Timestamp now);
  LaneChange finished(const Batch& batch, const BatchOutcome& outcome, Timestamp now);

  // About `count` jobs of this CA have become due. Wakes its workers.
  void ready(const core::CaFingerprint& ca, std::size_t count) override;
  // Anything may have become due: after the start, after a person's retry or approval.
  void all_ready() override;

  // A person has tested the CA, and it works: its jobs go on at once.
  void tested(const core::CaFingerprint& ca);

  // Another scheduler has its place: from now on `back` is called after each batch that ends here,
  // since the other does not hear of it. What it uses outlives this object.
  void hand_over(std::function<void()> back);

  // The CA's last answer, as an earlier scheduler knew it. Its jobs go on all the same.
  void remember(const core::CaFingerprint& ca, std::string failure);

  // The CAs whose breaker lets work through: those to lease jobs for.
  [[nodiscard]] bool accepts(const core::CaFingerprint& ca, Timestamp now) const;
  [[nodiscard]] LaneView lane(const core::CaFingerprint& ca, Timestamp now) const;

  // The workers of a CA wait on it: notified when a batch may be there.
  [[nodiscard]] runtime::Signal& work(const core::CaFingerprint& ca);
  // How many workers a CA has: its concurrency, and no more than the settings allow.
  [[nodiscard]] std::size_t workers_of(const core::CaPorts& ca) const;

 private:
  // One CA's part of the queue.
  struct Lane {
    explicit Lane(CaRef ca, runtime::BreakerSettings settings)
        : handle(std::move(ca)), breaker(settings) {}
    CaRef handle;
    runtime::CircuitBreaker breaker;
    std::string failure;
    std::size_t running = 0;
    std::size_t expected = 0;         // due jobs that were announced and not yet claimed
    std::uint64_t announcements = 0;  // so that one that comes during a claim is not forgotten
    bool ready = true;                // there may be due jobs
    bool due_known = false;           // `due` comes from the store
    std::optional<Timestamp> due;
  };
  struct Plan {
    CaRef handle;
    std::size_t max = 0;
    std::uint64_t announcements = 0;
  };

  void adopt_new_cas();
  [[nodiscard]] std::optional<Plan> plan(const core::CaFingerprint& ca, Timestamp now);
  [[nodiscard]] std::optional<Batch> claim(const Plan& plan, Timestamp now);
  [[nodiscard]] bool learn_due_time(const core::CaFingerprint& ca);
  [[nodiscard]] Duration until_next(const core::CaFingerprint& ca, Timestamp now) const;
  [[nodiscard]] std::size_t share(const Lane& lane) const;

  core::JobStore& store_;
  CaRegistry& cas_;
  OperatingMode& operating_mode_;
  StorageGuard& storage_;
  SchedulerSettings settings_;

  std::mutex claiming_;  // taken before mutex_: one store call at a time, ready() and finished()
                         // never wait for it
  mutable std::mutex mutex_;
  std::map<core::CaFingerprint, Lane> lanes_;
  std::uint64_t adopted_version_ = 0;
  std::function<void()> back_;                           // null: none has its place
  std::map<core::CaFingerprint, runtime::Signal> work_;  // entries stay where they are
};

}  // namespace certconnector::jobs
