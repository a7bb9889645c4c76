// The agent's identity in use: taken up at the start, enrolled and renewed by a person.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "agent/app/active_configuration.h"
#include "agent/app/agent_identity.h"
#include "agent/app/operating_mode_service.h"
#include "agent/control/identity_operations.h"
#include "agent/jobs/operating_mode.h"
#include "agent/upstream/identity.h"
#include "common/log/log.h"
#include "common/time/stop.h"

namespace certconnector::app {

// All outlive the object.
struct IdentityServiceParts {
  ActiveConfiguration& active;
  AgentIdentity& identity;
  upstream::IdentityKeeper& keeper;
  jobs::OperatingMode& operating_mode;
  OperatingModeService& operating_mode_service;
  const Clock& clock;
  log::Logger& logger;
  StopToken stop;  // of calls to the endpoint on a person's behalf
};

// Thread-safe; take_up() and reconnect() under ActiveConfiguration::lock_changes().
class IdentityService final : public control::IdentityOperations {
 public:
  explicit IdentityService(IdentityServiceParts parts) : parts_(std::move(parts)) {}

  // At the start. Without an identity the log says how to enroll. One that has expired, whose time
  // has not come, or whose files are damaged, stops the endpoint's side alone. Errors: the
  // certificate of the configuration cannot be used.
  [[nodiscard]] Status take_up();
  // Takes a successor from the machine's store, where the configuration names one there. Blocks for
  // the time that the store takes.
  void look_into_store();
  // New requests use these settings. The files of a configured certificate may have been replaced.
  [[nodiscard]] Status reconnect(const config::ManagementSettings& settings);

  Result<control::IdentityView> enroll(const std::string& token) override;
  Result<control::IdentityView> renew_identity() override;

  [[nodiscard]] std::optional<control::IdentityView> view() const;   // none: not enrolled
  [[nodiscard]] std::string endpoint_url() const;                    // empty: not enrolled
  [[nodiscard]] std::optional<core::HealthFinding> finding() const;  // none: not enrolled

 private:
  using Pardon = std::function<bool(const Error&)>;
  // Errors that `pardon` says yes to are logged.
  [[nodiscard]] Status take_up(const Pardon& pardon);
  void adopt(const core::Identity& identity);
  void take_successor();
  void miss_in_store(const Error& error);

  const IdentityServiceParts parts_;
  mutable std::mutex mutex_;
  std::optional<Error> broken_;  // why the identity on disk, or in the store, is of no use
  std::optional<Error> gone_;    // why the store would not give the one in use again
};

}  // namespace certconnector::app
