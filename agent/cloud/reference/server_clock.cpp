#include "agent/cloud/reference/server_clock.h"

namespace certconnector::cloud {

void ServerClock::learn(Timestamp server_time) {
  const Duration ahead = server_time - clock_.now();
  const std::lock_guard<std::mutex> lock(mutex_);
  ahead_ = ahead;
  known_ = true;
  witness_.saw_time(server_time);
}

void ServerClock::learn_roughly(Timestamp http_date) {
  const Duration ahead = http_date - clock_.now();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!known_) ahead_ = ahead;
  witness_.saw_time(http_date);
}

Timestamp ServerClock::to_local(Timestamp server_time) const { return server_time - ahead(); }

Timestamp ServerClock::to_server(Timestamp local_time) const { return local_time + ahead(); }

Duration ServerClock::ahead() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ahead_;
}

}  // namespace certconnector::cloud
