// The NDES service of the configuration with its TLS server, its worker pool and the loop that asks
// the CA about overdue external enrollments. Outlives every reload.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/app/ca_directory.h"
#include "agent/app/denial_limits.h"
#include "agent/app/enrollment_module.h"
#include "agent/app/listener_certificate.h"
#include "agent/app/watchdog.h"
#include "agent/config/settings.h"
#include "agent/control/challenge_operations.h"
#include "agent/core/health_source.h"
#include "agent/core/ports/external_enrollments.h"
#include "agent/ndes/crl_check.h"
#include "agent/ndes/ndes_service.h"
#include "agent/scep/service.h"
#include "common/http/server.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::app {

// All outlive the module.
struct NdesParts {
  EnrollmentModule& enrollment;
  CaDirectory& directory;
  control::ChallengeOperations& challenges;  // makes one-time passwords
  // The SCEP service of a section; null: no such service.
  std::function<std::shared_ptr<const scep::Service>(const std::string& name)> find_service;
  jobs::JobIntake& intake;
  core::ExternalEnrollments& enrollments;
  jobs::StorageGuard& storage;
  const Clock& clock;
  log::Logger& logger;
  Watchdog& watch;
  const keys::MachineStore& store;
};

// Thread-safe. Life: configure(), start(), configure()s, close(), destructor.
class NdesModule final : public core::HealthSource {
 public:
  NdesModule(const NdesParts& parts, std::size_t workers);
  ~NdesModule() override;
  NdesModule(const NdesModule&) = delete;
  NdesModule& operator=(const NdesModule&) = delete;

  // After ScepModule's. Errors: a file cannot be used, or the list of callers cannot be read;
  // nothing changes.
  [[nodiscard]] Status configure(const config::Settings& settings);
  // Listens at the address of the last settings, if they name one. A listener whose certificate
  // the machine's store does not have yet opens later.
  [[nodiscard]] Status start();
  // After start(): takes another certificate that the machine's store gives.
  void look_into_store() { certificate_.look_into_store(); }
  [[nodiscard]] std::uint16_t port() const;
  // Its certificate, and renewals of which no CRL tells.
  [[nodiscard]] std::vector<core::HealthFinding> findings(Timestamp wall) override;
  void look() override;
  // Answers no request from here on. Call it before the EnrollmentModule's close(), and destroy
  // this module after that.
  void close();

 private:
  [[nodiscard]] Result<std::shared_ptr<ndes::ServedNdes>> make_service(
      const config::Settings& settings);
  [[nodiscard]] Result<std::string> make_password(const std::string& service,
                                                  const std::vector<std::string>& permitted,
                                                  const std::string& template_name);
  // How certificates of [registration] issuing_ca_file renew.
  [[nodiscard]] std::shared_ptr<const enrollment::ForeignRules> foreign_rules(
      const config::Settings& settings, const crypto::Certificate& ca);
  [[nodiscard]] std::shared_ptr<ndes::CrlShelf> shelf_of(const crypto::Certificate& ca);
  [[nodiscard]] std::optional<enrollment::KnownCa> own_ca(const std::string& name);
  [[nodiscard]] std::optional<core::Issued> ask(const core::ExternalEnrollment& enrollment);
  [[nodiscard]] ndes::NdesParts point_parts();
  [[nodiscard]] Status use_tls(const http::TlsSettings& tls);
  [[nodiscard]] Status listen(const http::TlsSettings& tls);

  const NdesParts parts_;
  StopSource stopping_;
  mutable std::mutex mutex_;
  std::string listen_;
  std::size_t memory_ = 0;  // octets, of the listener
  std::string issuing_ca_;  // the section of the CA that knows the certificates; may be empty
  std::optional<http::TlsSettings> tls_;  // until start()
  bool started_ = false;
  runtime::WorkerPool pool_;
  runtime::WorkerPool crl_pool_;               // whose threads wait for servers of CRLs
  std::shared_ptr<ndes::CrlCheck> crl_check_;  // null: the agent has the CA's records
  std::shared_ptr<ndes::CrlShelf> crl_shelf_;  // configure()'s alone; null: none is needed yet
  crypto::Sha256 crl_shelf_ca_{};
  DenialLimits refusals_;
  enrollment::RenewalQuota renewals_;
  ndes::NdesService point_;
  runtime::LoopThread loop_;
  std::unique_ptr<http::Server> server_;
  ListenerCertificate certificate_;
};

}  // namespace certconnector::app
