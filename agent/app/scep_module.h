// The SCEP services of the configuration, and their common parts: worker pool, responder and the
// loop that keeps their RA certificates. Outlives every reload; a reload makes new services.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/ca_directory.h"
#include "agent/app/denial_limits.h"
#include "agent/app/enrollment_module.h"
#include "agent/app/test_enrollments.h"
#include "agent/app/watchdog.h"
#include "agent/config/settings.h"
#include "agent/control/scep_operations.h"
#include "agent/core/ports/key_source.h"
#include "agent/core/ports/lineage_ledger.h"
#include "agent/enrollment/lineage_maintenance.h"
#include "agent/scep/ra_keeper.h"
#include "agent/scep/responder.h"
#include "agent/scep/self_test.h"
#include "agent/scep/set_time_answers.h"
#include "common/http/client.h"
#include "common/http/client_limit.h"
#include "common/http/static_artifacts.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::app {

// All outlive the module.
struct ScepParts {
  EnrollmentModule& enrollment;  // closed before this module
  CaDirectory& directory;
  runtime::Signal& cas_changed;  // notified when `directory` serves other CAs than before
  runtime::Signal& settled;      // notified when outcomes are durable
  core::JobStore& store;
  jobs::JobIntake& intake;
  core::EnrollmentLedger& ledger;
  core::LineageLedger& lineages;
  jobs::StorageGuard& storage;
  core::ChallengeLedger& challenges;
  core::KeySource& keys;
  const Clock& clock;
  core::CrashPoints& crash_points;
  log::Logger& logger;
  http::StaticArtifacts& artifacts;  // has the CRLs, and answers requests to no service
  Watchdog& watch;
};

// Thread-safe. Life: start(), configure()s, close(), destructor.
class ScepModule final : public control::ScepOperations {
 public:
  ScepModule(const ScepParts& parts, std::size_t workers);
  ~ScepModule() override;
  ScepModule(const ScepModule&) = delete;
  ScepModule& operator=(const ScepModule&) = delete;

  [[nodiscard]] http::Handler& handler() { return responder_; }
  // The service of this section, also one without a path; null: no such service.
  [[nodiscard]] std::shared_ptr<const scep::Service> find_service(const std::string& name);

  void start();
  // Serves the services of these settings. Errors: a file cannot be used; nothing changes.
  [[nodiscard]] Status configure(const config::Settings& settings);
  // Once, before configure(): the tests that are not over. Errors: their file cannot be read.
  [[nodiscard]] Status open_tests(const std::string& state_dir);
  // The address where devices reach handler(), with or without TLS, for tests of the services.
  // Without a call devices cannot reach it.
  void listening_at(http::Peer peer);
  // After the EnrollmentModule's.
  void close();

  std::vector<control::ScepServiceView> services() override;
  std::string address() override;
  std::string tls_address() override;
  std::string fail_info(const core::Failed& reason) override;
  Result<control::ScepTestView> enroll_for_test(const control::ScepTest& test) override;

 private:
  struct Served {
    config::ScepSettings section;
    std::shared_ptr<scep::Service> service;
    std::unique_ptr<scep::RaKeeper> keeper;  // null: no path, so no RA either
  };
  using ServedRef = std::shared_ptr<Served>;
  [[nodiscard]] Result<ServedRef> make_service(const config::ScepSettings& section,
                                               const config::Settings& settings);
  [[nodiscard]] std::vector<ServedRef> served();
  [[nodiscard]] Result<config::ScepSettings> section_of(const std::string& name);
  [[nodiscard]] Result<http::Peer> own_peer();
  [[nodiscard]] std::string address_of(const std::optional<http::Peer>& peer);
  [[nodiscard]] Result<scep::SelfTestPlan> plan_of(const control::ScepTest& test,
                                                   const config::ScepSettings& section);
  [[nodiscard]] Duration keep_ra(const StopToken& stop);
  [[nodiscard]] Duration keep(Served& served);
  void take_issuer(const Served& served);  // today's; the log names what it lacks
  void take_previous(const Served& served);
  [[nodiscard]] std::vector<jobs::CaRef> previous_cas(const config::ScepSettings& section);
  // Of the services whose CA tells the agent of revocations.
  [[nodiscard]] std::vector<core::SupersedeTerms> supersede_terms();
  [[nodiscard]] bool is_revoked(const core::CaFingerprint& ca, const Bytes& serial);
  [[nodiscard]] runtime::Step watched(const char* name, runtime::Step step);

  const ScepParts parts_;
  StopSource stopping_;
  bool running_ = false;                                               // from start() on
  std::vector<std::unique_ptr<runtime::Subscription>> subscriptions_;  // from start() to close()
  std::mutex keeping_;  // during the upkeep of RA certificates, which takes long; before mutex_
  std::mutex mutex_;
  std::vector<ServedRef> served_;
  std::optional<http::Peer> peer_;
  std::optional<http::Peer> tls_peer_;
  TestEnrollments tests_;
  runtime::WorkerPool pool_;
  http::ClientLimit challenge_failures_;
  DenialLimits refusals_;
  enrollment::LineageMaintenance lineages_;
  scep::SetTimeAnswers unreadable_;
  scep::Responder responder_;
  runtime::LoopThread ra_loop_;
  runtime::LoopThread lineages_loop_;
};

// From start() to close(), whichever way a scope is left.
class ScepRun {
 public:
  ScepRun(EnrollmentModule& enrollment, ScepModule& site) : enrollment_(enrollment), site_(site) {
    enrollment_.start();
    site_.start();
  }
  ~ScepRun() {
    enrollment_.close();
    site_.close();
  }
  ScepRun(const ScepRun&) = delete;
  ScepRun& operator=(const ScepRun&) = delete;

 private:
  EnrollmentModule& enrollment_;
  ScepModule& site_;
};

}  // namespace certconnector::app
