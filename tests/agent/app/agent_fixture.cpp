#include "tests/agent/app/agent_fixture.h"

#include <stdexcept>
#include <utility>

#include "agent/config/configuration.h"
#include "agent/platform/words.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::app {
namespace {

template <typename T>
T require(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

template <typename Port>
Port& or_real(Port* substitute, Port& real) {
  return substitute == nullptr ? real : *substitute;
}

}  // namespace

void MemoryEndpoint::queue(core::Job job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  queued_.push_back(std::move(job));
  changed_.notify_all();
}

std::vector<core::Report> MemoryEndpoint::wait_for_reports(std::size_t count) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(10), [&] { return reports_.size() >= count; });
  return reports_;
}

Result<core::LeasedJobs> MemoryEndpoint::lease(const core::LeaseQuery& query,
                                               const StopToken& stop) {
  bool stopped = false;  // under the mutex, since the token must not be asked under it
  const StopCallback wake = stop.on_stop([this, &stopped] {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped = true;
    changed_.notify_all();
  });
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, query.wait, [&] { return !queued_.empty() || stopped; });
  core::LeasedJobs leased;
  while (!queued_.empty() && !stopped && leased.jobs.size() < query.max_jobs) {
    core::NewJob job;
    job.job = std::move(queued_.front());
    job.lease = core::Lease{1, clock_.now() + query.lease};
    leased.jobs.push_back(std::move(job));
    queued_.pop_front();
  }
  return leased;
}

Result<std::vector<core::LeaseStanding>> MemoryEndpoint::acknowledge(
    const std::vector<core::LeaseClaim>& leases, const StopToken&) {
  return std::vector<core::LeaseStanding>(leases.size(),
                                          {true, clock_.now() + std::chrono::minutes(5)});
}

Result<std::vector<core::LeaseStanding>> MemoryEndpoint::extend(
    const std::vector<core::LeaseClaim>& leases, Duration lease, const StopToken&) {
  return std::vector<core::LeaseStanding>(leases.size(), {true, clock_.now() + lease});
}

Result<std::vector<core::ReportedItem>> MemoryEndpoint::report(
    const std::vector<core::Report>& reports, const StopToken&) {
  const std::lock_guard<std::mutex> lock(mutex_);
  reports_.insert(reports_.end(), reports.begin(), reports.end());
  changed_.notify_all();
  return std::vector<core::ReportedItem>(reports.size());
}

Status MemoryEndpoint::heartbeat(const core::Heartbeat&, const StopToken&) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++heartbeats_;
  changed_.notify_all();
  return {};
}

std::size_t MemoryEndpoint::heartbeats() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(10), [&] { return heartbeats_ > 0; });
  return heartbeats_;
}

Result<std::vector<Bytes>> MemoryEndpoint::renew_identity(const Bytes&, const StopToken&) {
  return std::vector<Bytes>();
}

config::Settings Site::settings(const std::string& more) const {
  const auto reading = config::parse("[agent]\nstate_dir=" + folder.path().string() +
                                         "\nruntime_dir=" + folder.file("run") + "\n" + more,
                                     ca::rules_of(backends));
  if (!reading.settings) throw std::runtime_error(config::to_text(reading.problems, "test"));
  return *reading.settings;
}

RunningAgent::RunningAgent(Site& site, const std::string& configuration,
                           const Substitutes& substitutes)
    : watch_(clock_, std::chrono::minutes(15)),
      stores_(site.folder.file("agent.db")),
      jobs_(or_real<core::JobStore>(substitutes.queue, stores_.jobs)),
      intake_(jobs_, clock_),
      storage_(jobs_, operating_mode_, clock_, random_, site.logger, [](const Error&) {}),
      time_mark_(stores_.file()),
      clock_guard_(time_mark_, operating_mode_, storage_, clock_, site.logger,
                   platform::machine_commands().set_clock),
      enrollment_(
          {stores_.enrollments, stores_.challenges, site.challenges, intake_, operating_mode_,
           storage_, clock_, or_real<core::CrashPoints>(substitutes.crash_points, crash_points_),
           site.logger, watch_},
          2),
      outcome_writer_({jobs_, storage_, clock_, random_, site.logger, &enrollment_.queue()},
                      "owner"),
      health_(clock_, site.logger),
      cloud_{{"default"}, upstream::roles_of(site.endpoint),
             health_,     operating_mode_,
             storage_,    or_real<core::CrashPoints>(substitutes.crash_points, crash_points_),
             clock_,      random_,
             site.logger},
      agent_identity_(
          site.settings(configuration), slot_,
          [this](const core::CaFingerprint& ca) { return chains_.find(ca); }, clock_, clock_guard_,
          substitutes.machine_store != nullptr ? *substitutes.machine_store : *machine_store_),
      keeper_(cloud_, agent_identity_),
      active_(site.settings(configuration)),
      cas_({active_,
            site.backends,
            {keys_,
             or_real<core::CertificateStore>(substitutes.certificate_store, stores_.certificates),
             clock_, site.logger,
             [this](const std::string& ca, SharedBytes crl) {
               static_cast<void>(artifacts_.publish_crl(ca, std::move(crl)));
             },
             calls_.token()},
            chains_,
            [](const std::string&, const Bytes&) {},
            [this] { cas_changed_.notify(); },
            [] {}}),
      mode_(site.settings().agent.state_dir, operating_mode_, clock_guard_, active_, [] {}),
      identity_({active_, agent_identity_, keeper_, operating_mode_, mode_, clock_, site.logger,
                 calls_.token()}),
      status_({active_, identity_, jobs_,
               or_real<core::CertificateStore>(substitutes.certificate_store, stores_.certificates),
               stores_.file(), operating_mode_, activity_, health_, enrollment_.alarms(), clock_,
               calls_.token()}),
      ca_administration_({active_,
                          cas_,
                          site.backends,
                          {keys_, clock_},
                          stores_.certificates,
                          operating_mode_,
                          calls_.token()}),
      local_jobs_(jobs_, intake_, outcome_writer_, clock_, calls_.token()),
      backups_(active_, stores_.file(), clock_, site.logger, calls_.token()) {
  const EngineParts engine{
      jobs_,
      intake_,
      or_real<core::CertificateStore>(substitutes.certificate_store, stores_.certificates),
      {cloud_},
      keeper_,
      operating_mode_,
      storage_,
      clock_guard_,
      outcome_writer_,
      activity_,
      or_real<core::CrashPoints>(substitutes.crash_points, crash_points_),
      clock_,
      random_,
      enrollment_.queue(),
      watch_,
      site.logger};
  agent_ = std::make_unique<Agent>(AgentParts{engine, active_, cas_, identity_, mode_, calls_});
  scep_ = std::make_unique<ScepModule>(
      ScepParts{enrollment_, cas_, cas_changed_, outcome_writer_.settled(), jobs_, intake_,
                stores_.enrollments, stores_.enrollments, storage_, stores_.challenges, keys_,
                clock_, or_real<core::CrashPoints>(substitutes.crash_points, crash_points_),
                site.logger, artifacts_, watch_},
      2);
  const Status tests = scep_->open_tests(site.folder.path().string());
  if (!tests.ok()) throw std::runtime_error(tests.error().message());
  const Status configured = scep_->configure(site.settings(configuration));
  if (!configured.ok()) throw std::runtime_error(configured.error().message());
  const Status started = agent_->start();
  if (!started.ok()) throw std::runtime_error(started.error().message());
  enrollment_.start();
  scep_->start();
}

RunningAgent::~RunningAgent() {
  static_cast<void>(agent_->finish(std::chrono::seconds(10)));
  enrollment_.close();
  scep_->close();
}

core::CaFingerprint RunningAgent::create_ca(const std::string& name) {
  control::CreateCa request;
  request.name = name;
  request.subject = "CN=" + name + " CA";
  request.key = {crypto::KeyKind::ec, 256};
  return require(ca_administration_.create_ca(request)).fingerprint;
}

core::Job issue_job(const std::string& id, const core::CaFingerprint& ca,
                    const std::string& template_name) {
  crypto::Pkcs10Spec spec;
  spec.subject = {{{"2.5.4.3", id}}};
  core::IssueRequest request;
  request.template_name = template_name;
  request.pkcs10 = require(
      crypto::make_pkcs10(require(crypto::PrivateKey::generate({crypto::KeyKind::ec, 256})), spec));
  core::Job job;
  job.key = {core::JobSource::management, "default", id, crypto::sha256(as_bytes(id))};
  job.ca = ca;
  job.request = std::move(request);
  return job;
}

core::Job revoke_job(const std::string& id, const core::CaFingerprint& ca, Bytes serial) {
  core::RevokeRequest request;
  request.serial = std::move(serial);
  core::Job job;
  job.key = {core::JobSource::management, "default", id, crypto::sha256(as_bytes(id))};
  job.ca = ca;
  job.request = std::move(request);
  return job;
}

}  // namespace certconnector::app
