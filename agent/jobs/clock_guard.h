// Watches the machine's clock. While it is wrong the agent issues, publishes and purges nothing,
// and serves what there is (ADR 66).
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "agent/core/health_source.h"
#include "agent/core/ports/time_mark.h"
#include "agent/core/ports/time_witness.h"
#include "agent/jobs/clock_judgement.h"
#include "agent/jobs/operating_mode.h"
#include "agent/jobs/storage_guard.h"
#include "common/log/log.h"

namespace certconnector::jobs {

// Thread-safe.
class ClockGuard final : public core::TimeWitness, public core::HealthSource {
 public:
  // `set_clock`: the command that sets the machine's clock, for the remedies. All others outlive
  // it.
  ClockGuard(core::TimeMark& mark, OperatingMode& operating_mode, StorageGuard& storage,
             const Clock& clock, log::Logger& logger, std::string set_clock);

  // A loop step; once before any job runs. Judges, and stores the time now and then.
  Duration step(const StopToken& stop);
  void saw_time(Timestamp theirs) override;
  std::vector<core::HealthFinding> findings(Timestamp wall) override;

  // A person says that the clock is right: what is stored counts no more, and the endpoint's clock
  // may differ as it does now, until the agent ends. Errors: the store's.
  Status accept();

 private:
  // All with the mutex held.
  [[nodiscard]] bool load();
  [[nodiscard]] ClockEvidence evidence(Timestamp wall) const;
  // Whether to store the time: it is the newest, or the endpoint confirms that a later one was of a
  // wrong clock. If the clock jumped ahead while the agent ran, the endpoint has to confirm it.
  [[nodiscard]] bool has_to_note(const ClockEvidence& now) const;
  [[nodiscard]] std::string remedy_for(ClockStanding standing) const;
  // Tells of a change, and sets the operating mode.
  void tell(ClockStanding standing, const ClockEvidence& now);

  core::TimeMark& mark_;
  OperatingMode& operating_mode_;
  StorageGuard& storage_;
  const Clock& clock_;
  log::Logger& logger_;
  const std::string set_clock_;
  mutable std::mutex mutex_;
  bool loaded_ = false;
  std::optional<Timestamp> newest_stored_;
  std::optional<Duration> endpoint_ahead_;  // the endpoint's clock, before Clock::now()
  std::optional<Duration> accepted_;        // the endpoint's clock, before the machine's
  ClockStanding told_ = ClockStanding::right;
};

}  // namespace certconnector::jobs
