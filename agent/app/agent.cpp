#include "agent/app/agent.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace certconnector::app {

Agent::~Agent() {
  begin_stop();
  static_cast<void>(finish(Duration(0)));
}

Status Agent::start() {
  const auto changing = parts_.active.lock_changes();
  auto recovered =
      parts_.engine.store.recover(parts_.engine.outcome_writer.owner(), parts_.engine.clock.now());
  if (!recovered.ok()) return recovered.error().with_context("taking up the jobs of the last run");
  if (*recovered > 0) {
    parts_.engine.logger.info(
        "agent.recovered",
        "The last run ended while jobs were under way. The agent asks their CA first.",
        {{"jobs", *recovered}});
  }
  parts_.operating_mode.take_up_pause();
  const EngineRef engine = make_engine(settings());
  CC_TRY(parts_.identity.take_up());
  engine->start();
  return {};
}

Agent::EngineRef Agent::make_engine(const config::Settings& settings) {
  auto engine = std::make_shared<Engine>(settings, parts_.engine);
  parts_.active.replace(settings, engine, parts_.cas.open(settings, *engine));
  parts_.cas.announce_change();
  return engine;
}

void Agent::reload(const config::Settings& settings) {
  const auto changing = parts_.active.lock_changes();
  // A call that runs longer is not cut short: its request would be in doubt. The OutcomeWriter
  // outlives both engines, and keeps the outcomes that the store could not take.
  constexpr std::chrono::seconds kLongestPause{2};
  const EngineRef previous = parts_.active.engine();
  if (!previous->step_aside(kLongestPause)) {
    parts_.engine.logger.info(
        "reload.calls_left",
        "Calls to a CA from before the reload run on, under the settings from before.");
    const std::lock_guard<std::mutex> lock(mutex_);
    left_engines_.push_back(previous);
  }
  const EngineRef next = make_engine(settings);
  next->take_over_health(*previous);
  const Status connected = parts_.identity.reconnect(settings.management);
  if (!connected.ok()) {
    parts_.engine.logger.error(
        "reload.connection", "The connection to the endpoint could not take up its new settings: " +
                                 connected.error().message());
  }
  next->start();
}

void Agent::begin_stop() {
  parts_.calls.request_stop();
  if (const EngineRef running = parts_.active.engine()) running->request_stop();
}

bool Agent::finish(Duration limit) {
  const auto begun = std::chrono::steady_clock::now();
  const EngineRef running = parts_.active.engine();
  bool ended = !running || running->finish(limit);
  for (const EngineRef& left : left_engines()) {
    const auto spent =
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begun);
    ended = left->finish(std::max(limit - spent, Duration(0))) && ended;
  }
  parts_.engine.outcome_writer.flush();
  return take_back_left_engines() && ended;
}

std::vector<Agent::EngineRef> Agent::left_engines() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return left_engines_;
}

// The present engine does not know the jobs that these engines put back into the queue.
bool Agent::take_back_left_engines() {
  std::vector<EngineRef> left;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    left = std::exchange(left_engines_, {});
  }
  if (left.empty()) return true;
  const std::size_t before = left.size();
  left.erase(std::remove_if(left.begin(), left.end(),
                            [](const EngineRef& engine) { return engine->ended(); }),
             left.end());
  if (left.size() < before) parts_.engine.intake.jobs_changed();
  const bool none = left.empty();
  const std::lock_guard<std::mutex> lock(mutex_);
  left_engines_.insert(left_engines_.end(), left.begin(), left.end());
  return none;
}

void Agent::hurry() {
  parts_.calls.request_stop();
  if (const EngineRef running = parts_.active.engine()) running->hurry();
  for (const EngineRef& left : left_engines()) left->hurry();
}

}  // namespace certconnector::app
