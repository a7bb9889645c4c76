// The port through which the control server sees the agent: what works, and what does not.
// agent/app implements it. Called from the control server's threads; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/control/identity_operations.h"
#include "agent/core/health.h"
#include "agent/core/job.h"
#include "agent/core/ports/certificate_authority.h"
#include "agent/core/ports/job_store.h"
#include "agent/jobs/operating_mode.h"

namespace certconnector::control {

struct EndpointView {
  std::string url;
  bool reachable = false;
  std::optional<Timestamp> last_success;
  std::string last_error;  // of the last failure since then; empty without success: not asked yet
};

struct CaView {
  core::CaDescription description;  // without fingerprint: not served
  bool set_up = true;               // false: it has no key and certificate yet
  bool healthy = true;
  std::string message;
  std::string breaker;  // "closed", "open", "half_open"
  std::size_t running = 0;
  std::uint64_t certificates = 0;
  std::optional<core::CrlRecord> crl;
  std::size_t crl_partitions = 0;
  std::optional<std::string>
      crl_failure;  // why the last attempt to publish failed, or the next one would
};

struct DatabaseView {
  std::uint64_t octets = 0;       // of the file
  std::uint64_t free_octets = 0;  // of it, which new rows take
};

// The program, its sources and libraries.
struct BuildView {
  std::string version;
  std::string commit;  // empty: not built in a repository
  std::string openssl;
  std::string sqlite;
};

struct StatusView {
  BuildView build;
  jobs::OperatingState state = jobs::OperatingState::working;
  Timestamp started;
  std::optional<IdentityView> identity;  // none: not enrolled
  EndpointView endpoint;
  std::vector<CaView> cas;
  std::vector<core::JobCount> counts;
  core::JobOutcomes outcomes;
  std::optional<Timestamp> outcomes_since;  // nothing: they are not known
  std::uint64_t queue_depth = 0;
  std::uint64_t unreported = 0;
  std::uint64_t issued_since_start = 0;
  std::uint64_t revoked_since_start = 0;
  std::uint64_t failed_since_start = 0;
  std::optional<DatabaseView> database;
  std::vector<core::HealthFinding> health;
};

class StatusOperations {
 public:
  virtual ~StatusOperations() = default;

  virtual StatusView status() = 0;
  // The parts of it that other commands need. The whole counts and lists jobs of the last day.
  virtual BuildView build() = 0;
  virtual jobs::OperatingState state() = 0;
  virtual std::optional<IdentityView> identity() = 0;  // none: not enrolled
  virtual std::vector<CaView> cas() = 0;
  virtual std::vector<core::HealthFinding> health() = 0;  // after fresh checks of the CAs
};

}  // namespace certconnector::control
