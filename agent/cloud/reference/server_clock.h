// The endpoint's clock as seen from here: its times become ours by the difference that its answers
// show.
#pragma once

#include <mutex>
#include <optional>

#include "agent/core/ports/time_witness.h"
#include "common/time/clock.h"

namespace certconnector::cloud {

// Local times are Clock::now() times. Thread-safe.
class ServerClock {
 public:
  // Both outlive it. `witness` hears of every time that came.
  ServerClock(const Clock& clock, core::TimeWitness& witness) : clock_(clock), witness_(witness) {}

  void learn(Timestamp server_time);  // from the body of an answer that came just now
  void learn_roughly(
      Timestamp http_date);  // from a Date header; counts only as long as nothing better came

  // Without any answer so far both clocks are taken to be the same.
  [[nodiscard]] Timestamp to_local(Timestamp server_time) const;
  [[nodiscard]] Timestamp to_server(Timestamp local_time) const;

 private:
  [[nodiscard]] Duration ahead() const;

  const Clock& clock_;
  core::TimeWitness& witness_;
  mutable std::mutex mutex_;
  Duration ahead_{0};  // how far the endpoint's clock is before ours
  bool known_ = false;
};

}  // namespace certconnector::cloud
