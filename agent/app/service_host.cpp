#include "agent/app/service_host.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace certconnector::app {
namespace {

using platform::ServiceControl;

// How often the host reads the status line without a watchdog.
constexpr std::chrono::seconds kStatusInterval{60};

}  // namespace

bool ServiceHost::run() {
  status_ = work_.status_line();
  service_manager_.ready(status_);
  while (!stop_ && !work_.damaged()) {
    const auto event =
        std::exchange(reload_, false) ? ServiceControl::reload : events_.next(interval());
    if (event == ServiceControl::stop) stop_ = true;
    if (event == ServiceControl::reload) reload();
    sign_of_life();
  }
  return !work_.damaged();
}

void ServiceHost::drain() {
  const Duration limit = work_.drain_timeout();
  service_manager_.stopping();
  service_manager_.extend_timeout(limit + std::chrono::seconds(10));
  work_.begin_stop();
  while_alive([&] { work_.finish(limit); }, [&] { work_.hurry(); });
}

Duration ServiceHost::interval() const {
  const auto watchdog = service_manager_.watchdog_interval();
  return watchdog ? std::min<Duration>(*watchdog / 2, kStatusInterval) : Duration(kStatusInterval);
}

// A step may wait for the network or for a person's command; signals and the watchdog do not.
void ServiceHost::while_alive(const std::function<void()>& step,
                              const std::function<void()>& on_stop) {
  std::atomic<bool> finished{false};
  std::thread waiting([&] {
    step();
    finished = true;
    events_.wake();
  });
  while (!finished) {
    const auto event = events_.next(interval());
    if (event == ServiceControl::stop) on_stop();
    if (event == ServiceControl::reload) reload_ = true;
    service_manager_.alive();
  }
  waiting.join();
}

void ServiceHost::reload() {
  service_manager_.reloading();
  while_alive([&] { work_.reload(); },
              [&] {
                if (std::exchange(stop_, true)) return work_.hurry();
                work_.begin_stop();
              });
  status_ = work_.status_line();
  service_manager_.ready(status_);
}

void ServiceHost::sign_of_life() {
  // Without the ping the service manager restarts the agent, which then takes up where it was.
  if (!work_.stuck()) service_manager_.alive();
  std::string line = work_.status_line();
  if (line == status_) return;
  status_ = std::move(line);
  service_manager_.status(status_);
}

}  // namespace certconnector::app
