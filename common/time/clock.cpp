#include "common/time/clock.h"

#include "common/time/boot_time.h"

namespace certconnector {
namespace {

Timestamp read_wall() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace

SystemClock::SystemClock() : started_(read_wall()), boot_at_start_(time_since_boot()) {}

Timestamp SystemClock::wall() const { return read_wall(); }

Timestamp SystemClock::now() const { return started_ + (time_since_boot() - boot_at_start_); }

}  // namespace certconnector
