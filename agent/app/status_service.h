// Status and health of the agent for a person, and the service manager's status line.
#pragma once

#include <string>
#include <vector>

#include "agent/app/active_configuration.h"
#include "agent/app/identity_service.h"
#include "agent/control/status_operations.h"
#include "agent/core/health_source.h"
#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/job_store.h"
#include "agent/enrollment/lineage_alarms.h"
#include "agent/jobs/activity.h"
#include "agent/jobs/operating_mode.h"
#include "agent/upstream/upstream_session.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::store {
class AgentDatabase;
}  // namespace certconnector::store

namespace certconnector::app {

// All outlive the object.
struct StatusServiceParts {
  ActiveConfiguration& active;
  IdentityService& identity;
  core::JobStore& store;
  core::CertificateStore& certificate_store;
  store::AgentDatabase& database;
  jobs::OperatingMode& operating_mode;
  jobs::Activity& activity;
  upstream::EndpointHealth& endpoint_health;
  enrollment::LineageAlarms& lineages;
  const Clock& clock;
  StopToken stop;  // of checks of CAs
};

// Thread-safe after the agent's start.
class StatusService final : public control::StatusOperations {
 public:
  // Its time of construction is the agent's start in the status.
  explicit StatusService(StatusServiceParts parts);

  // Before the first call of the others. `source` outlives the object.
  void add(core::HealthSource& source) { sources_.push_back(&source); }

  control::StatusView status() override;
  control::BuildView build() override;
  jobs::OperatingState state() override;
  std::optional<control::IdentityView> identity() override;
  std::vector<control::CaView> cas() override;
  std::vector<core::HealthFinding> health() override;

  // As health(), without fresh checks.
  [[nodiscard]] std::vector<core::HealthFinding> findings() const;

  [[nodiscard]] std::string status_line() const;  // one line for the service manager

 private:
  [[nodiscard]] std::vector<control::CaView> cas(Engine& engine) const;
  [[nodiscard]] control::CaView view(const ConfiguredCa& ca, Engine& engine) const;
  [[nodiscard]] std::vector<core::HealthFinding> findings(Engine& engine) const;
  [[nodiscard]] core::HealthFinding queue_finding() const;
  [[nodiscard]] std::vector<core::JobRecord> jobs_without_ca(Engine& engine) const;
  void add_outcomes(Engine& engine, std::vector<core::HealthFinding>& all) const;

  const StatusServiceParts parts_;
  const Timestamp started_;
  std::vector<core::HealthSource*> sources_;
};

}  // namespace certconnector::app
