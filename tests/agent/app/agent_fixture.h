// An agent with a real store and a real embedded CA, and a management endpoint in memory.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/app/agent.h"
#include "agent/app/backup_service.h"
#include "agent/app/ca_administration.h"
#include "agent/app/ca_backends.h"
#include "agent/app/enrollment_module.h"
#include "agent/app/local_jobs.h"
#include "agent/app/scep_module.h"
#include "agent/app/status_service.h"
#include "agent/core/ports/crash_points.h"
#include "agent/jobs/clock_guard.h"
#include "agent/jobs/outcome_writer.h"
#include "agent/platform/file_key_source.h"
#include "agent/store/sqlite/sqlite_time_mark.h"
#include "common/http/static_artifacts.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_challenge_validator.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::app {

// Hands out the jobs that a test queues, each once, and keeps the results.
class MemoryEndpoint final : public core::JobFeed,
                             public core::ResultSink,
                             public core::HeartbeatSink,
                             public core::Credential {
 public:
  void queue(core::Job job);
  // The results, as soon as there are `count` of them; fewer after ten seconds.
  [[nodiscard]] std::vector<core::Report> wait_for_reports(std::size_t count);
  // So far; waits for the first one, at most ten seconds.
  [[nodiscard]] std::size_t heartbeats();

  Result<core::LeasedJobs> lease(const core::LeaseQuery& query, const StopToken& stop) override;
  Result<std::vector<core::LeaseStanding>> acknowledge(const std::vector<core::LeaseClaim>& leases,
                                                       const StopToken& stop) override;
  Result<std::vector<core::LeaseStanding>> extend(const std::vector<core::LeaseClaim>& leases,
                                                  Duration lease, const StopToken& stop) override;
  Result<std::vector<core::ReportedItem>> report(const std::vector<core::Report>& reports,
                                                 const StopToken& stop) override;
  Status heartbeat(const core::Heartbeat& heartbeat, const StopToken& stop) override;
  Result<std::vector<Bytes>> renew_identity(const Bytes& pkcs10, const StopToken& stop) override;

 private:
  SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<core::Job> queued_;
  std::vector<core::Report> reports_;
  std::size_t heartbeats_ = 0;
};

// The parts that outlive an agent in these tests: its folder, the endpoint and the log.
struct Site {
  certconnector::testing::TempDirectory folder;
  MemoryEndpoint endpoint;
  certconnector::testing::FakeChallengeValidator challenges;
  certconnector::testing::CapturingLogger logger;
  ca::Backends backends = ca_backends();  // a test may add its own

  [[nodiscard]] config::Settings settings(const std::string& more = "") const;
};

// Replacements for the real parts; null: the real one.
struct Substitutes {
  core::JobStore* queue = nullptr;
  core::CertificateStore* certificate_store = nullptr;
  core::CrashPoints* crash_points = nullptr;
  const keys::MachineStore* machine_store = nullptr;
};

// One life of an agent; ends with it.
class RunningAgent {
 public:
  explicit RunningAgent(Site& site, const std::string& configuration = "",
                        const Substitutes& substitutes = {});
  ~RunningAgent();
  RunningAgent(const RunningAgent&) = delete;
  RunningAgent& operator=(const RunningAgent&) = delete;

  Agent* operator->() { return &*agent_; }
  [[nodiscard]] ServedCas& cas() { return cas_; }
  [[nodiscard]] CaAdministration& ca_administration() { return ca_administration_; }
  [[nodiscard]] OperatingModeService& operating_mode() { return mode_; }
  [[nodiscard]] IdentityService& identity() { return identity_; }
  [[nodiscard]] StatusService& status_service() { return status_; }
  [[nodiscard]] control::StatusView status() { return status_.status(); }
  [[nodiscard]] LocalJobs& local_jobs() { return local_jobs_; }
  [[nodiscard]] BackupService& backups() { return backups_; }
  // The SCEP services of the configuration.
  [[nodiscard]] http::Handler& scep() { return scep_->handler(); }
  [[nodiscard]] ScepModule& scep_module() { return *scep_; }
  [[nodiscard]] EnrollmentModule& enrollment_module() { return enrollment_; }
  [[nodiscard]] core::JobStore& jobs() { return jobs_; }
  [[nodiscard]] jobs::JobIntake& intake() { return intake_; }
  [[nodiscard]] store::SqliteEnrollmentLedger& enrollments() { return stores_.enrollments; }
  [[nodiscard]] jobs::StorageGuard& storage() { return storage_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] jobs::ClockGuard& clock_guard() { return clock_guard_; }
  [[nodiscard]] core::CertificateStore& certificates() { return stores_.certificates; }
  [[nodiscard]] core::ChallengeLedger& challenges() { return stores_.challenges; }
  // Ends what the agent does for a person.
  void stop_calls() { calls_.request_stop(); }
  // The endpoint is known from now on.
  void enroll() { operating_mode_.set_enrolled(true); }
  // A P-256 root in [ca.NAME]; gives its fingerprint.
  core::CaFingerprint create_ca(const std::string& name = "default");

 private:
  SystemClock clock_;
  runtime::SystemRandom random_;
  core::NoCrashPoints crash_points_;
  const std::unique_ptr<const keys::MachineStore> machine_store_ = keys::machine_store();
  platform::FileKeySource keys_;
  jobs::OperatingMode operating_mode_;
  jobs::Activity activity_;
  IssuerChains chains_;
  Watchdog watch_;
  certconnector::testing::OpenStores stores_;
  core::JobStore& jobs_;
  jobs::JobIntake intake_;
  jobs::StorageGuard storage_;
  store::SqliteTimeMark time_mark_;
  jobs::ClockGuard clock_guard_;
  http::StaticArtifacts artifacts_;
  EnrollmentModule enrollment_;
  jobs::OutcomeWriter outcome_writer_;
  upstream::EndpointSlot slot_;
  upstream::EndpointHealth health_;
  upstream::UpstreamSession cloud_;
  AgentIdentity agent_identity_;
  upstream::IdentityKeeper keeper_;
  runtime::Signal cas_changed_;
  StopSource calls_;
  ActiveConfiguration active_;
  ServedCas cas_;
  OperatingModeService mode_;
  IdentityService identity_;
  StatusService status_;
  CaAdministration ca_administration_;
  LocalJobs local_jobs_;
  BackupService backups_;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<ScepModule> scep_;
};

[[nodiscard]] core::Job issue_job(const std::string& id, const core::CaFingerprint& ca,
                                  const std::string& template_name = "device");
[[nodiscard]] core::Job revoke_job(const std::string& id, const core::CaFingerprint& ca,
                                   Bytes serial);

}  // namespace certconnector::app
