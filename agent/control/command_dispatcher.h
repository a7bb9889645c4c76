// Answers the requests of the control socket: reads the envelope, finds the command, runs it,
// writes the answer.
#pragma once

#include <functional>
#include <utility>

#include "agent/control/backup_operations.h"
#include "agent/control/ca_operations.h"
#include "agent/control/certificate_lookups.h"
#include "agent/control/challenge_operations.h"
#include "agent/control/configuration_operations.h"
#include "agent/control/identity_operations.h"
#include "agent/control/job_operations.h"
#include "agent/control/local_server.h"
#include "agent/control/operating_mode_operations.h"
#include "agent/control/reload_operations.h"
#include "agent/control/scep_operations.h"
#include "agent/control/status_operations.h"
#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/core/ports/job_store.h"
#include "agent/core/ports/lineage_ledger.h"
#include "common/log/log.h"
#include "common/time/clock.h"

namespace certconnector::control {

// The ports that the commands use; each command gets those that it names as its parameters. All
// outlive the dispatcher.
struct DispatcherParts {
  core::JobStore& store;
  core::EnrollmentLedger& enrollments;
  core::CertificateStore& certificates;
  core::LineageLedger& lineages;
  StatusOperations& status;
  OperatingModeOperations& operating_mode;
  IdentityOperations& identity;
  CaOperations& cas;
  CertificateLookups& lookups;
  JobOperations& jobs;
  BackupOperations& backup;
  ConfigurationOperations& configuration;
  ReloadOperations& reloads;
  ChallengeOperations& challenges;
  ScepOperations& scep;
  const Clock& clock;
  // Hears of a command that found the database damaged. Must not block.
  std::function<void(const Error&)> found_damage = [](const Error&) {};
};

// Thread-safe. Never throws: it logs the exception of a command and answers `internal`. It logs
// every command that changes something, with its caller. It does not log arguments, which may hold
// secrets.
class CommandDispatcher final : public RequestHandler {
 public:
  // `logger` outlives the dispatcher.
  CommandDispatcher(DispatcherParts parts, log::Logger& logger)
      : parts_(std::move(parts)), logger_(logger) {}

  std::string answer(std::string_view request, const std::string& who) override;

 private:
  const DispatcherParts parts_;
  log::Logger& logger_;
};

}  // namespace certconnector::control
