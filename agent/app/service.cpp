#include "agent/app/service.h"

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "agent/app/agent.h"
#include "agent/app/backup_service.h"
#include "agent/app/ca_administration.h"
#include "agent/app/ca_backends.h"
#include "agent/app/challenge_administration.h"
#include "agent/app/configuration_check.h"
#include "agent/app/database_bonds.h"
#include "agent/app/enrollment_module.h"
#include "agent/app/errors.h"
#include "agent/app/http_module.h"
#include "agent/app/identity_service.h"
#include "agent/app/local_jobs.h"
#include "agent/app/log_health.h"
#include "agent/app/ndes_module.h"
#include "agent/app/open_database.h"
#include "agent/app/operating_mode_service.h"
#include "agent/app/reload.h"
#include "agent/app/reloader.h"
#include "agent/app/run.h"
#include "agent/app/scep_module.h"
#include "agent/app/served_cas.h"
#include "agent/app/service_host.h"
#include "agent/app/status_service.h"
#include "agent/app/version.h"
#include "agent/control/command_dispatcher.h"
#include "agent/control/local_server.h"
#include "agent/control/peer_check.h"
#include "agent/jobs/clock_guard.h"
#include "agent/jobs/outcome_writer.h"
#include "agent/keys/machine_store.h"
#include "agent/platform/file_key_source.h"
#include "agent/platform/files.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/own_user.h"
#include "agent/platform/paths.h"
#include "agent/platform/words.h"
#include "agent/store/sqlite/sqlite_certificate_store.h"
#include "agent/store/sqlite/sqlite_challenge_ledger.h"
#include "agent/store/sqlite/sqlite_enrollment_ledger.h"
#include "agent/store/sqlite/sqlite_job_store.h"
#include "agent/store/sqlite/sqlite_time_mark.h"
#include "common/crypto/digest.h"
#include "common/http/static_artifacts.h"
#include "common/text/hex.h"

namespace certconnector::app {
namespace {

// How long one step of a loop may take.
constexpr std::chrono::minutes kLongestStep{15};
// How often the agent looks for its certificates in the machine's store.
constexpr std::chrono::seconds kStoreLook{30};

int fail(const Surroundings& s, const Error& error, ExitCode otherwise = kDamaged) {
  s.logger.error("agent.failed", "The agent cannot work: " + with_remedy(error),
                 {{"code", error.code().name}});
  // A person who starts the agent by hand looks at the terminal.
  if (s.log_in_file) std::cerr << "certconnectord: " << with_remedy(error) << "\n";
  const ExitCode code = exit_code(error, otherwise);
  if (s.note != nullptr) s.note->write(error, code);
  return code;
}

// A service manager makes both folders; without one a person does.
Error with_the_command(const Error& error, const std::string& folder) {
  return {AppErrc::no_folder, error.kind(),
          error.message() + "; make it as " + platform::how_to_make_folder(folder)};
}

// The parts of a running agent; all outlive it.
struct RunningParts {
  Agent& agent;
  StatusService& status;
  Reloader& reloader;
  const Watchdog& watch;
  const std::atomic<bool>& damaged;
};

// The agent as ServiceHost sees it.
class RunningAgent final : public HostedAgent {
 public:
  RunningAgent(const RunningParts& parts, const Surroundings& s) : p_(parts), s_(s) {}

  std::string status_line() override {
    p_.agent.take_back_left_engines();
    return p_.status.status_line();
  }
  bool damaged() override { return p_.damaged; }
  std::optional<std::string> stuck() override {
    auto loop = p_.watch.stuck();
    if (loop) s_.logger.error("agent.stuck", "A loop of the agent hangs.", {{"loop", *loop}});
    return loop;
  }
  void reload() override { p_.reloader.run(); }
  void begin_stop() override { p_.agent.begin_stop(); }
  Duration drain_timeout() override { return p_.agent.settings().agent.drain_timeout; }
  void finish(Duration limit) override {
    s_.logger.info("agent.stopping", "The agent finishes what runs and stops.");
    ended_ = p_.agent.finish(limit);
  }
  void hurry() override { p_.agent.hurry(); }
  // After finish(): no call to a CA runs any more.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  const RunningParts p_;
  const Surroundings& s_;
  std::atomic<bool> ended_{true};
};

// A call that ignores its stop token cannot be ended, and its thread uses objects on this stack.
// All outcomes are durable, and a job under way goes through recovery at the next start. So the
// process ends here, as it may at any time.
[[noreturn]] void leave_calls_behind(const Surroundings& s, int code) {
  s.logger.warning("agent.ca_silent",
                   "A CA has not answered a call. The next start asks the CA about its jobs.");
  s.service_manager.ended(code);
  std::_Exit(code);
}

}  // namespace

int serve(const config::Settings& settings, const Surroundings& s) {
  log::Logger& logger = s.logger;
  const std::string& state_dir = settings.agent.state_dir;
  for (const std::string& folder : {state_dir, settings.agent.runtime_dir}) {
    if (platform::file_exists(folder)) continue;
    const Status made = platform::make_folder(folder);
    if (!made.ok()) return fail(s, with_the_command(made.error(), folder));
  }
  const std::vector<Error> open = unusable_folders(settings.agent);
  if (!open.empty()) return fail(s, open.front());
  const auto lock = platform::InstanceLock::take(state_dir);
  if (!lock.ok()) return fail(s, lock.error());
  const auto database = open_database(settings, s);
  if (!database.ok()) return fail(s, database.error());

  store::SqliteJobStore queue(**database);
  store::SqliteCertificateStore certificate_store(**database);
  const Status bonds = check_database_of_cas(settings, ca_backends(), certificate_store);
  if (!bonds.ok()) {
    (*database)->leave_log();
    return fail(s, bonds.error());
  }
  store::SqliteEnrollmentLedger enrollments(**database);
  store::SqliteChallengeLedger challenges(**database);
  SystemClock clock;
  runtime::SystemRandom random;
  const auto machine_store = keys::machine_store();
  platform::FileKeySource keys;
  jobs::OperatingMode operating_mode;
  jobs::Activity activity;
  IssuerChains chains;
  Watchdog watch(clock, kLongestStep);
  std::atomic<bool> damaged{false};
  jobs::StorageGuard storage(queue, operating_mode, clock, random, logger, [&](const Error& error) {
    damaged = true;
    if (s.note != nullptr) s.note->write(error, kDamaged);
    s.events.wake();
  });
  store::SqliteTimeMark time_mark(**database);
  jobs::ClockGuard clock_guard(time_mark, operating_mode, storage, clock, logger,
                               platform::machine_commands().set_clock);
  static_cast<void>(clock_guard.step(StopToken()));
  upstream::EndpointSlot endpoint;
  upstream::EndpointHealth endpoint_health(clock, logger);
  AgentIdentity agent_identity(
      settings, endpoint, [&](const core::CaFingerprint& ca) { return chains.find(ca); }, clock,
      clock_guard, *machine_store);
  const upstream::UpstreamSession cloud{{settings.management.name},
                                        upstream::roles_of(endpoint),
                                        endpoint_health,
                                        operating_mode,
                                        storage,
                                        s.crash_points,
                                        clock,
                                        random,
                                        logger,
                                        {settings.retry.base, settings.retry.cap}};
  upstream::IdentityKeeper identity_keeper(cloud, agent_identity);
  http::StaticArtifacts artifacts;
  jobs::JobIntake intake(queue, clock);
  runtime::Signal cas_changed;
  EnrollmentModule enrollment({enrollments, challenges, endpoint, intake, operating_mode, storage,
                               clock, s.crash_points, logger, watch},
                              settings.management.challenge_questions);
  jobs::OutcomeWriter outcome_writer({queue, storage, clock, random, logger, &enrollment.queue()},
                                     text::to_hex(crypto::random_bytes(16)));
  const EngineParts engine{queue,
                           intake,
                           certificate_store,
                           {cloud},
                           identity_keeper,
                           operating_mode,
                           storage,
                           clock_guard,
                           outcome_writer,
                           activity,
                           s.crash_points,
                           clock,
                           random,
                           enrollment.queue(),
                           watch,
                           logger};
  const auto renew_status_line = [&] { s.events.wake(); };
  StopSource calls;  // for a person, to CAs and to the endpoint
  ActiveConfiguration active(settings);
  ServedCas cas({active,
                 ca_backends(),
                 {keys, certificate_store, clock, logger,
                  [&](const std::string& ca, SharedBytes crl) {
                    if (artifacts.publish_crl(ca, std::move(crl))) return;
                    logger.error("crl.unreadable",
                                 "The CRL was published, but its file cannot be read; the one "
                                 "before is served.",
                                 {{"ca", ca}});
                  },
                  calls.token()},
                 chains,
                 [&](const std::string& ca, const Bytes& certificate) {
                   artifacts.publish_certificate(ca, std::make_shared<const Bytes>(certificate));
                 },
                 [&] { cas_changed.notify(); },
                 renew_status_line});
  OperatingModeService mode(state_dir, operating_mode, clock_guard, active, renew_status_line);
  IdentityService identity({active, agent_identity, identity_keeper, operating_mode, mode, clock,
                            logger, calls.token()});
  Agent agent({engine, active, cas, identity, mode, calls});
  StatusService status({active, identity, queue, certificate_store, **database, operating_mode,
                        activity, endpoint_health, enrollment.alarms(), clock, calls.token()});
  ChallengeAdministration challenge_administration(
      challenges, [&] { return active.settings(); }, clock, logger);
  ScepModule scep(
      {enrollment, cas, cas_changed, outcome_writer.settled(), queue, intake, enrollments,
       enrollments, storage, challenges, keys, clock, s.crash_points, logger, artifacts, watch},
      settings.agent.workers);
  NdesModule registration({enrollment, cas, challenge_administration,
                           [&](const std::string& name) { return scep.find_service(name); }, intake,
                           enrollments, storage, clock, logger, watch, *machine_store},
                          settings.agent.workers);
  const Status tests = scep.open_tests(state_dir);
  if (!tests.ok()) return fail(s, tests.error());
  const Status configured = scep.configure(settings);
  if (!configured.ok()) return fail(s, configured.error(), kConfiguration);
  const Status registering = registration.configure(settings);
  if (!registering.ok()) return fail(s, registering.error(), kConfiguration);
  HttpModule http({scep.handler(), clock, logger, *machine_store});
  const Status serving = http.configure(settings);
  if (!serving.ok()) return fail(s, serving.error(), kConfiguration);
  // Before anything runs that may find damage, and leave a note about it.
  if (s.note != nullptr) s.note->remove();
  const Status started = agent.start();
  if (!started.ok()) return fail(s, started.error(), kConfiguration);
  const ScepRun scep_run(enrollment, scep);

  CaAdministration ca_administration({active,
                                      cas,
                                      ca_backends(),
                                      {keys, clock},
                                      certificate_store,
                                      operating_mode,
                                      calls.token()});
  LocalJobs local_jobs(queue, intake, outcome_writer, clock, calls.token());
  BackupService backups(active, **database, clock, logger, calls.token());
  const ReloadParts reloading{agent, scep, registration, http, status, clock, s.logger};
  Reloader reloader(
      [&](const std::vector<core::HealthFinding>& earlier) {
        return reload_configuration(reloading, s.configuration_file, earlier);
      },
      s.events, calls.token());
  LogHealth log_health(s.logger);
  for (core::HealthSource* source : std::initializer_list<core::HealthSource*>{
           &clock_guard, &log_health, &http, &registration, &reloader}) {
    status.add(*source);
  }
  control::CommandDispatcher dispatcher(
      {queue, enrollments, certificate_store, enrollments, status, mode, identity,
       ca_administration, cas, local_jobs, backups, active, reloader, challenge_administration,
       scep, clock, [&](const Error& error) { storage.failed(error); }},
      logger);
  const auto peers = control::kernel_peer_check(settings.agent.socket_group);
  const auto server = control::start_local_server(
      {settings.agent.socket, settings.agent.socket_group}, dispatcher, *peers, logger);
  if (!server.ok()) return fail(s, server.error(), kConfiguration);
  const Status listening = http.start();
  if (!listening.ok()) return fail(s, listening.error());
  const auto announce_listeners = [&] {
    for (http::Peer& peer : http.peers()) scep.listening_at(std::move(peer));
  };
  announce_listeners();
  const Status registers = registration.start();
  if (!registers.ok()) return fail(s, registers.error());
  runtime::LoopThread store_watch("store",
                                  watch.watch("store",
                                              [&](const StopToken&) -> Duration {
                                                identity.look_into_store();
                                                http.look_into_store();
                                                registration.look_into_store();
                                                announce_listeners();
                                                return kStoreLook;
                                              }),
                                  clock, logger);
  store_watch.start(calls.token());
  logger.info("agent.started", "The agent works.",
              {{"version", kVersion}, {"state_dir", state_dir}});

  RunningAgent work({agent, status, reloader, watch, damaged}, s);
  ServiceHost service_host(work, s.events, s.service_manager);
  const bool sound = service_host.run();
  service_host.drain();
  store_watch.join();
  registration.close();
  enrollment.close();
  scep.close();
  logger.info("agent.stopped", "The agent has stopped.");
  const int code = sound ? kOk : kDamaged;
  if (!work.ended()) leave_calls_behind(s, code);
  return code;
}

}  // namespace certconnector::app
