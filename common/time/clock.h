// The clock port. All times are UTC.
#pragma once

#include <chrono>

namespace certconnector {

using Duration = std::chrono::milliseconds;
using Timestamp = std::chrono::time_point<std::chrono::system_clock, Duration>;

class Clock {
 public:
  virtual ~Clock() = default;

  // The machine's wall clock: certificate dates, log lines, what a person reads. May jump.
  [[nodiscard]] virtual Timestamp wall() const = 0;

  // Wall time when the process started plus the time that has passed since (suspends included).
  // Never jumps while the process lives: due times, leases, claims, deadlines.
  [[nodiscard]] virtual Timestamp now() const = 0;
};

// Thread-safe.
class SystemClock final : public Clock {
 public:
  SystemClock();
  [[nodiscard]] Timestamp wall() const override;
  [[nodiscard]] Timestamp now() const override;

 private:
  Timestamp started_;
  Duration boot_at_start_;
};

// Milliseconds since 1970-01-01T00:00:00Z, as stored and compared.
[[nodiscard]] constexpr std::int64_t to_millis(Timestamp t) { return t.time_since_epoch().count(); }
[[nodiscard]] constexpr Timestamp from_millis(std::int64_t ms) { return Timestamp(Duration(ms)); }

}  // namespace certconnector
