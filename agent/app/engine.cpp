#include "agent/app/engine.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <thread>
#include <utility>

#include "agent/app/cloud_steps.h"
#include "agent/jobs/ca_lanes.h"
#include "agent/jobs/certificate_maintenance.h"
#include "agent/jobs/crl_publish_loop.h"
#include "agent/jobs/job_maintenance.h"
#include "agent/jobs/runner.h"
#include "agent/upstream/lease_check.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::app {
namespace {

// How long a call to a CA may run on after the hurry, which stops it.
constexpr Duration kAfterHurry = std::chrono::seconds(5);

// How long a person waits for a CA's check: a little longer than the check may take.
constexpr Duration kCheckPatience = jobs::HealthCheckSettings().limit + std::chrono::seconds(1);
// How long a person who asks for the agent's health waits for CAs that answer at once.
constexpr Duration kHealthPatience = std::chrono::seconds(1);

// Calls `late` when it still lives after `limit`.
class Deadline {
 public:
  Deadline(Duration limit, const std::function<void()>& late)
      : thread_([this, limit, late] {
          if (!wakeup_.wait(limit, done_.token())) late();
        }) {}
  ~Deadline() {
    done_.request_stop();
    thread_.join();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  StopSource done_;
  Wakeup wakeup_;
  std::thread thread_;
};

runtime::RetryPolicy retry_policy(const config::Settings& s) { return {s.retry.base, s.retry.cap}; }

jobs::SchedulerSettings scheduler_settings(const config::Settings& s,
                                           const core::ClaimOwner& owner) {
  jobs::SchedulerSettings settings;
  settings.owner = owner;
  settings.workers = s.agent.workers;
  settings.breaker = {s.breaker.failures, s.breaker.open_for};
  return settings;
}

jobs::AnswerRules answer_rules(const config::Settings& s) {
  jobs::AnswerRules rules;
  rules.retry = retry_policy(s);
  rules.max_attempts = s.queue.max_attempts;
  return rules;
}

jobs::JobMaintenanceSettings maintenance_settings(const config::Settings& s) {
  jobs::JobMaintenanceSettings settings;
  settings.retention = s.queue.retention;
  return settings;
}

jobs::HealthCheckSettings health_settings(const config::Settings& s) {
  jobs::HealthCheckSettings settings;
  settings.interval = s.management.heartbeat;
  return settings;
}

}  // namespace

// Members in the order of their dependencies; they end in the opposite order.
struct Engine::Parts {
  Parts(const config::Settings& s, EngineParts given)
      : p(std::move(given)),
        scheduler(p.store, cas, p.operating_mode, p.storage,
                  scheduler_settings(s, p.outcome_writer.owner())),
        lease_check(configured(p.clouds, s), p.store, lease_settings(s)),
        runner(lease_check, p.outcome_writer, p.storage, {answer_rules(s), p.clock, p.random},
               {p.activity, p.crash_points, p.logger}),
        job_maintenance(p.store, p.intake, p.storage, p.clock, p.logger, maintenance_settings(s)),
        certificate_maintenance(p.certificate_store, p.storage, p.clock, p.logger, {}),
        crl_publishing(cas, p.storage, p.clock, p.logger),
        lanes({cas, scheduler, runner, p.operating_mode, p.clock, p.logger}, health_settings(s)) {
    const CloudStepsParts parts{p.store, p.intake, scheduler, cas, p.outcomes, p.identity};
    for (upstream::UpstreamSession& session : configured(p.clouds, s)) {
      clouds.emplace_back(std::move(session), s, parts);
    }
    make_loops();
  }

  // The reporter finishes what it has; only the hurry cuts its calls short.
  runtime::Step patient(runtime::Step step) {
    return [this, step = std::move(step)](const StopToken&) { return step(reports_hurry.token()); };
  }

  runtime::LoopThread& loop(const std::string& name, runtime::Step step) {
    return *loops.emplace_back(std::make_unique<runtime::LoopThread>(
        name, p.watch.watch(name, std::move(step)), p.clock, p.logger));
  }

  void wake(runtime::LoopThread& loop, runtime::Signal& signal) {
    subscriptions.push_back(std::make_unique<runtime::Subscription>(signal, loop.wakeup()));
  }

  void make_loops() {
    for (CloudSteps& cloud : clouds) make_loops(cloud);
    runtime::LoopThread& renewing =
        loop("identity", [this](const StopToken& stop) { return p.identity.step(stop); });
    wake(renewing, p.operating_mode.changed());
    runtime::LoopThread& saving =
        loop("outcomes", [this](const StopToken& stop) { return save_kept(stop); });
    wake(saving, p.outcome_writer.keeping());
    runtime::LoopThread& probing =
        loop("storage", [this](const StopToken& stop) { return p.storage.step(stop); });
    wake(probing, p.storage.failing());
    loop("clock", [this](const StopToken& stop) { return p.clock_guard.step(stop); });
    runtime::LoopThread& keeping = loop("maintenance", [this](const StopToken& stop) {
      return std::min(job_maintenance.step(stop), certificate_maintenance.step(stop));
    });
    runtime::LoopThread& publishing =
        loop("crl", [this](const StopToken& stop) { return crl_publishing.step(stop); });
    wake(publishing, p.outcome_writer.settled());
    wake(publishing, cas.changed());
    wake(publishing, p.operating_mode.changed());
    wake(keeping, p.operating_mode.changed());
  }

  void make_loops(CloudSteps& cloud) {
    const std::string of = clouds.size() == 1 ? "" : "-" + cloud.session.share.cloud;
    if (cloud.poller) {
      runtime::LoopThread& polling =
          loop("poller" + of, [&cloud](const StopToken& stop) { return cloud.poller->step(stop); });
      wake(polling, p.operating_mode.changed());
      wake(polling, cas.changed());
      runtime::LoopThread& leasing = loop("leases" + of, [&cloud](const StopToken& stop) {
        return cloud.lease_keeper->step(stop);
      });
      wake(leasing, p.operating_mode.changed());
    }
    if (cloud.reporter) {
      runtime::LoopThread& reporting =
          loop("reporter" + of,
               patient([&cloud](const StopToken& stop) { return cloud.reporter->step(stop); }));
      wake(reporting, p.outcome_writer.settled());
      wake(reporting, p.intake.to_report());
      wake(reporting, p.operating_mode.changed());
    }
    if (cloud.heartbeat) {
      runtime::LoopThread& beating = loop("heartbeat" + of, [&cloud](const StopToken& stop) {
        return cloud.heartbeat->step(stop);
      });
      wake(beating, p.operating_mode.changed());
    }
  }

  // The scheduler may have looked for due times too early, while these jobs were still running.
  Duration save_kept(const StopToken& stop) {
    const std::size_t before = p.outcome_writer.kept();
    const Duration wait = p.outcome_writer.step(stop);
    if (p.outcome_writer.kept() < before) scheduler.all_ready();
    return wait;
  }

  // False: a call to a CA was left.
  bool end(const StopToken& give_up, Duration grace) {
    const bool ended = lanes.join(give_up, grace);
    for (auto& loop : loops) loop->join();
    report_the_rest();
    return ended;
  }

  // After the loops have ended: reports the outcomes of the last batches, unless it takes too long.
  void report_the_rest() {
    for (CloudSteps& cloud : clouds) {
      while (cloud.reporter && !reports_hurry.token().stop_requested() &&
             p.operating_mode.may_report()) {
        if (cloud.reporter->step(reports_hurry.token()) > Duration(0)) break;
      }
    }
  }

  void interrupt_polls() {
    for (CloudSteps& cloud : clouds) {
      if (cloud.poller) cloud.poller->interrupt();
    }
  }

  EngineParts p;
  StopSource stopping;
  StopSource calls_hurry;    // the calls to CAs under way
  StopSource reports_hurry;  // those to clouds
  jobs::CaRegistry cas;
  jobs::Scheduler scheduler;
  upstream::LeaseCheck lease_check;
  jobs::Runner runner;
  jobs::JobMaintenance job_maintenance;
  jobs::CertificateMaintenance certificate_maintenance;
  jobs::CrlPublishLoop crl_publishing;
  std::deque<CloudSteps> clouds;
  // Not on the watchdog: a CA that hangs is no reason to restart the agent.
  jobs::CaLanes lanes;
  std::vector<std::unique_ptr<runtime::LoopThread>> loops;
  std::vector<std::unique_ptr<runtime::Subscription>> subscriptions;
  std::mutex finishing;
  const jobs::JobIntake::Attachment attached{p.intake, scheduler};
};

Engine::Engine(const config::Settings& settings, const EngineParts& parts)
    : parts_(std::make_unique<Parts>(settings, parts)) {}

Engine::~Engine() { static_cast<void>(finish(Duration(0))); }

void Engine::add(core::CaPorts ports) {
  const jobs::CaRef added = parts_->cas.add(std::move(ports));
  parts_->lanes.open(added->description.fingerprint);
  parts_->scheduler.all_ready();
  parts_->interrupt_polls();
}

void Engine::start() {
  parts_->scheduler.all_ready();
  parts_->lanes.start(parts_->stopping.token(), parts_->calls_hurry.token());
  for (auto& loop : parts_->loops) loop->start(parts_->stopping.token());
}

void Engine::request_stop() {
  parts_->stopping.request_stop();
  parts_->interrupt_polls();
}

bool Engine::finish(Duration limit) {
  request_stop();
  const std::lock_guard<std::mutex> lock(parts_->finishing);
  const Deadline deadline(limit, [this] { hurry(); });
  return parts_->end(parts_->calls_hurry.token(), kAfterHurry);
}

bool Engine::step_aside(Duration limit) {
  request_stop();
  parts_->scheduler.hand_over([this] { parts_->p.intake.jobs_changed(); });
  const std::lock_guard<std::mutex> lock(parts_->finishing);
  const Deadline deadline(limit, [this] { parts_->reports_hurry.request_stop(); });
  return parts_->end(parts_->reports_hurry.token(), Duration(0));
}

bool Engine::ended() {
  const std::lock_guard<std::mutex> lock(parts_->finishing);
  StopSource now;
  now.request_stop();
  return parts_->lanes.join(now.token(), Duration(0));
}

Status Engine::check(const core::CaFingerprint& ca, const StopToken& stop) {
  CC_TRY(parts_->lanes.check(ca, kCheckPatience, stop));
  parts_->scheduler.tested(ca);
  return {};
}

void Engine::check_all(const StopToken& stop) { parts_->lanes.check_all(kHealthPatience, stop); }

void Engine::hurry() {
  parts_->stopping.request_stop();
  parts_->calls_hurry.request_stop();
  parts_->reports_hurry.request_stop();
}

void Engine::take_over_health(const Engine& previous) {
  const Timestamp now = parts_->p.clock.now();
  for (const jobs::CaRef& ca : parts_->cas.all()) {
    const core::CaFingerprint& fingerprint = ca->description.fingerprint;
    if (!previous.parts_->cas.find(fingerprint)) continue;
    parts_->cas.remember(fingerprint, previous.parts_->cas.health(fingerprint, now));
    parts_->scheduler.remember(fingerprint, previous.lane(fingerprint).failure);
  }
}

void Engine::operating_mode_changed() { parts_->interrupt_polls(); }
jobs::CaRegistry& Engine::cas() { return parts_->cas; }
jobs::LaneView Engine::lane(const core::CaFingerprint& ca) const {
  return parts_->scheduler.lane(ca, parts_->p.clock.now());
}

}  // namespace certconnector::app
