// Raises an alarm for each lineage whose renewals are denied, in the log and as a health finding,
// with the next step for a person. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/health.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "common/log/log.h"
#include "common/time/clock.h"

namespace certconnector::enrollment {

struct LineageAlarmSettings {
  Duration lasts{std::chrono::hours(24)};  // after the last denial
  // Remembered. Of more, the log alone tells, once for each denial.
  std::size_t most = 64;
};

class LineageAlarms {
 public:
  LineageAlarms(const Clock& clock, log::Logger& logger, LineageAlarmSettings settings = {})
      : clock_(clock), logger_(logger), settings_(settings) {}

  // The ledger denied this renewal. One line in the log for each certificate and reason while its
  // alarm lasts.
  void denied(const core::NewEnrollment& renewal, core::LineageConflict why);
  // A renewal of the certificate has begun: its alarm ends.
  void begun(const core::NewEnrollment& renewal);

  // Nothing: no alarm lasts.
  [[nodiscard]] std::optional<core::HealthFinding> finding();

 private:
  struct Alarm {
    core::CaFingerprint ca;
    Bytes serial;  // of the certificate that was to be renewed
    core::LineageConflict why = core::LineageConflict::full;
    Timestamp last;
    std::string sentence;
    std::string remedy;
  };
  void forget_old();  // under the mutex
  [[nodiscard]] Alarm* find(const core::NewEnrollment& renewal);

  const Clock& clock_;
  log::Logger& logger_;
  const LineageAlarmSettings settings_;
  std::mutex mutex_;
  std::vector<Alarm> alarms_;  // the oldest first
};

}  // namespace certconnector::enrollment
