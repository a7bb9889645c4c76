#include "agent/app/supervision.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace certconnector::app {
namespace {

using platform::ServiceEvent;

// How often the status line is looked at without a watchdog.
constexpr std::chrono::seconds kStatusInterval{60};

}  // namespace

bool Supervision::run() {
  status_ = work_.status_line();
  supervisor_.ready(status_);
  while (!stop_ && !work_.damaged()) {
    const auto event =
        std::exchange(reload_, false) ? ServiceEvent::reload : events_.next(interval());
    if (event == ServiceEvent::stop) stop_ = true;
    if (event == ServiceEvent::reload) reload();
    sign_of_life();
  }
  return !work_.damaged();
}

void Supervision::drain() {
  const Duration limit = work_.drain_timeout();
  supervisor_.stopping();
  supervisor_.extend_timeout(limit + std::chrono::seconds(10));
  work_.begin_stop();
  while_alive([&] { work_.finish(limit); }, [&] { work_.hurry(); });
}

Duration Supervision::interval() const {
  const auto watchdog = supervisor_.watchdog_interval();
  return watchdog ? std::min<Duration>(*watchdog / 2, kStatusInterval) : Duration(kStatusInterval);
}

// A step may wait for the network or for a person's command; signals and the watchdog do not.
void Supervision::while_alive(const std::function<void()>& step,
                              const std::function<void()>& on_stop) {
  std::atomic<bool> finished{false};
  std::thread waiting([&] {
    step();
    finished = true;
    events_.wake();
  });
  while (!finished) {
    const auto event = events_.next(interval());
    if (event == ServiceEvent::stop) on_stop();
    if (event == ServiceEvent::reload) reload_ = true;
    supervisor_.alive();
  }
  waiting.join();
}

void Supervision::reload() {
  supervisor_.reloading();
  while_alive([&] { work_.reload(); },
              [&] {
                stop_ = true;
                work_.begin_stop();
              });
  status_ = work_.status_line();
  supervisor_.ready(status_);
}

void Supervision::sign_of_life() {
  // Without the ping the service manager restarts the agent, which then takes up where it was.
  if (!work_.stuck()) supervisor_.alive();
  std::string line = work_.status_line();
  if (line == status_) return;
  status_ = std::move(line);
  supervisor_.status(status_);
}

}  // namespace certconnector::app
