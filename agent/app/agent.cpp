#include "agent/app/agent.h"

#include <algorithm>
#include <utility>

#include "agent/app/backup.h"
#include "agent/app/ca_sections.h"
#include "agent/app/errors.h"
#include "agent/config/configuration.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {

Agent::Agent(config::Settings settings, AgentParts parts)
    : parts_(std::move(parts)),
      pause_file_(settings.agent.state_dir),
      started_(parts_.clock.wall()),
      settings_(std::move(settings)) {}

Agent::~Agent() {
  begin_stop();
  static_cast<void>(finish(Duration(0)));
}

Status Agent::start() {
  const std::lock_guard<std::mutex> changing(changing_);
  auto recovered =
      parts_.engine.store.recover(parts_.engine.outcome_writer.owner(), parts_.clock.now());
  if (!recovered.ok()) return recovered.error().with_context("taking up the jobs of the last run");
  if (*recovered > 0) {
    parts_.engine.logger.info(
        "agent.recovered",
        "Jobs were under way when the agent last ended; their CA is asked first.",
        {{"jobs", *recovered}});
  }
  if (pause_file_.is_set()) parts_.engine.operating_mode.pause();
  const EngineRef engine = make_engine(settings());
  CC_TRY(take_up_identity());
  engine->start();
  return {};
}

Agent::EngineRef Agent::make_engine(const config::Settings& settings) {
  auto engine = std::make_shared<Engine>(settings, parts_.engine);
  std::vector<ConfiguredCa> slots = open_cas(settings, *engine);
  const std::lock_guard<std::mutex> lock(mutex_);
  settings_ = settings;
  engine_ = engine;
  slots_ = std::move(slots);
  parts_.cas_changed();
  return engine;
}

void Agent::reload(const config::Settings& settings) {
  const std::lock_guard<std::mutex> changing(changing_);
  // What is cut short here is taken up again by the next engine, and so are outcomes that the store
  // could not take: the settler outlives both.
  constexpr std::chrono::seconds kLongestPause{10};
  const EngineRef previous = engine();
  if (!previous->finish(kLongestPause)) {
    parts_.engine.logger.warning(
        "reload.ca_silent",
        "A CA has not answered a call of before the reload. Its jobs go on when it answers.");
    const std::lock_guard<std::mutex> lock(mutex_);
    left_engines_.push_back(previous);
  }
  const EngineRef next = make_engine(settings);
  const Status connected = reconnect(settings.management);
  if (!connected.ok()) {
    parts_.engine.logger.error(
        "reload.connection", "The connection to the endpoint could not take up its new settings: " +
                                 connected.error().message());
  }
  next->start();
}

config::Settings Agent::settings() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return settings_;
}

Agent::EngineRef Agent::engine() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return engine_;
}

void Agent::begin_stop() {
  stop_.request_stop();
  if (const EngineRef running = engine()) running->request_stop();
}

bool Agent::finish(Duration limit) {
  const EngineRef running = engine();
  const bool ended = !running || running->finish(limit);
  parts_.engine.outcome_writer.flush();
  return take_back_left_engines() && ended;
}

// Engines whose last call has returned meanwhile. The engine of today has not heard of the jobs
// that went back into the queue with it. True: there is none left.
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
  if (left.size() < before) jobs_changed();
  const bool none = left.empty();
  const std::lock_guard<std::mutex> lock(mutex_);
  left_engines_.insert(left_engines_.end(), left.begin(), left.end());
  return none;
}

void Agent::hurry() {
  stop_.request_stop();
  if (const EngineRef running = engine()) running->hurry();
}

Status Agent::take_up_identity() {
  auto identity = parts_.identity.load();
  if (!identity.ok()) return identity.error().with_context("the agent's identity");
  if (!identity->has_value()) {
    parts_.engine.operating_mode.set_enrolled(false);
    parts_.engine.logger.info(
        "agent.not_enrolled",
        "The agent has no endpoint yet. Get a token from its administrator and run: "
        "certconnector enroll");
    return {};
  }
  const core::Identity& held = **identity;
  Status usable = upstream::check_identity(held.chain.front(), held.key, parts_.clock.wall(),
                                           parts_.identity.how_to_replace());
  if (!usable.ok()) return usable.error().with_context("the agent's identity");
  CC_TRY(parts_.identity.activate(held));
  const auto origin = parts_.identity.origin();
  parts_.engine.identity.adopt(held, origin && origin->enrolled);
  parts_.engine.operating_mode.set_enrolled(true);
  return {};
}

// The files of a certificate that was brought along may have been replaced.
Status Agent::reconnect(const config::ManagementSettings& settings) {
  CC_TRY(parts_.identity.reconfigure(settings));
  return settings.own_certificate() ? take_up_identity() : Status();
}

void Agent::operating_mode_changed() {
  if (const EngineRef running = engine()) running->operating_mode_changed();
  parts_.state_changed();
}

Status Agent::pause() {
  CC_TRY(pause_file_.set());
  parts_.engine.operating_mode.pause();
  operating_mode_changed();
  return {};
}

Status Agent::resume() {
  CC_TRY(pause_file_.clear());
  parts_.engine.operating_mode.resume();
  operating_mode_changed();
  return {};
}

Status Agent::drain() {
  parts_.engine.operating_mode.drain();
  operating_mode_changed();
  return {};
}

Result<control::IdentityView> Agent::enroll(const std::string& token) {
  const std::lock_guard<std::mutex> changing(changing_);
  if (settings().management.own_certificate()) {
    return Error(
        AppErrc::already_enrolled, ErrorKind::permanent,
        "the configuration names a client certificate of its own ([management] certificate_file or "
        "pkcs12_file); remove it there to enroll instead");
  }
  CC_TRY_ASSIGN(const core::Identity identity, parts_.identity.enroll(token, stop_.token()));
  parts_.engine.identity.adopt(identity, true);
  parts_.engine.operating_mode.set_enrolled(true);
  parts_.engine.logger.info("identity.enrolled", "The agent is enrolled.",
                            {{"agent", parts_.identity.origin()->agent_id},
                             {"not_after", to_rfc3339(identity.chain.front().not_after())}});
  operating_mode_changed();
  return *identity_view();
}

Result<control::IdentityView> Agent::renew_identity() {
  const std::lock_guard<std::mutex> changing(changing_);
  const auto origin = parts_.identity.origin();
  if (!origin) {
    return Error(AppErrc::not_enrolled, ErrorKind::permanent,
                 "the agent has no identity to renew; run: certconnector enroll");
  }
  if (!origin->enrolled) {
    return Error(
        AppErrc::not_renewable, ErrorKind::permanent,
        "the client certificate comes from files of the configuration; replace those and reload");
  }
  CC_TRY(parts_.engine.identity.renew_now(stop_.token()));
  return *identity_view();
}

Status Agent::backup(const std::string& folder) {
  const std::lock_guard<std::mutex> changing(changing_);
  return write_backup(folder, settings(), parts_.queue, parts_.certificate_store);
}

jobs::CaRef Agent::find_ca(const std::string& name) {
  for (const ConfiguredCa& slot : slots()) {
    if (slot.settings.name == name) return engine()->authorities().find(slot.fingerprint);
  }
  return nullptr;
}

std::string Agent::configuration_text() { return config::to_ini(settings()); }

void Agent::jobs_changed() { parts_.engine.intake.jobs_changed(); }

}  // namespace certconnector::app
