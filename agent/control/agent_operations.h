// The port through which the control server uses the agent, beside the job store. agent/app
// implements it. Called from the control server's threads; thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/health.h"
#include "agent/core/job.h"
#include "agent/core/ports/certificate_authority.h"
#include "agent/core/ports/job_store.h"
#include "common/crypto/key.h"
#include "common/result/result.h"

namespace certconnector::control {

enum class RunState { working, paused, draining, storage_full, not_enrolled };

struct IdentityView {
  std::string agent_id;
  std::string subject;  // RFC 4514
  std::string issuer;
  std::string serial;  // hex
  std::string sha256;  // hex
  Timestamp not_before;
  Timestamp not_after;
  Timestamp renew_at;
  std::string source;  // "enrolled" or "configured"
};

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
  std::optional<std::string> crl_failure;  // why the last attempt to publish failed
};

struct StatusView {
  std::string version;
  RunState state = RunState::working;
  Timestamp started;
  std::optional<IdentityView> identity;  // none: not enrolled
  EndpointView endpoint;
  std::vector<CaView> authorities;
  std::vector<core::JobCount> counts;
  core::JobOutcomes outcomes;
  std::optional<Timestamp> outcomes_since;  // nothing: they are not known
  std::uint64_t queue_depth = 0;
  std::uint64_t unreported = 0;
  std::uint64_t issued_since_start = 0;
  std::uint64_t revoked_since_start = 0;
  std::uint64_t failed_since_start = 0;
  std::vector<core::HealthFinding> health;
};

enum class CaKind { root, subordinate_request };
struct CreateCa {
  std::string name;  // of its [ca.NAME] section in the configuration
  CaKind kind = CaKind::root;
  std::string subject;  // RFC 4514
  crypto::KeySpec key;
  std::chrono::hours lifetime{24 * 3650};
};
struct ImportCa {
  std::string name;
  // The CA's certificate and its chain; for a subordinate the answer to its request.
  std::string certificate_pem;
  std::string key_pem;     // empty for a subordinate whose key was made here
  Bytes pkcs12;            // instead of the two above
  std::string passphrase;  // a secret
};
struct CreatedCa {
  std::string certificate_pem;  // root
  std::string request_pem;      // subordinate: for the company's root to sign
  core::CaFingerprint fingerprint;
};

class AgentOperations {
 public:
  virtual ~AgentOperations() = default;

  virtual StatusView status() = 0;
  virtual std::vector<core::HealthFinding> health() = 0;

  // No new leases, no new submissions; what runs is finished. Survives a restart.
  virtual Status pause() = 0;
  virtual Status resume() = 0;
  // No new leases; finishes what is queued. Ends with resume or a restart.
  virtual Status drain() = 0;

  // Makes a key, trades the token for a client certificate and starts working with it.
  virtual Result<IdentityView> enroll(const std::string& token) = 0;
  virtual Result<IdentityView> renew_identity() = 0;

  virtual Result<CreatedCa> create_ca(const CreateCa& request) = 0;
  virtual Result<CreatedCa> import_ca(const ImportCa& request) = 0;
  // Signs and verifies a probe and checks dates, CRL and certificate store. Leaves no certificate
  // behind.
  virtual Status test_ca(const std::string& name) = 0;
  // DER, issuing CA first.
  virtual Result<std::vector<Bytes>> ca_chain(const std::string& name) = 0;
  virtual Status publish_crl(const std::string& name) = 0;

  // Makes a consistent copy of queue, certificate store and CA keys in a new folder (0700), while
  // the agent runs.
  virtual Status backup(const std::string& folder) = 0;

  // The lookup of the certificates that this CA issued; null: the CA has none, or the agent does
  // not serve the CA.
  virtual std::shared_ptr<core::CertificateLookup> certificates_of(
      const core::CaFingerprint& ca) = 0;
  // Stores a local job and waits for its end, at most `patience`. Returns the job in its state at
  // that moment.
  virtual Result<core::JobRecord> run_job(const core::NewJob& job, Duration patience) = 0;

  virtual std::string configuration_text() = 0;  // effective, INI, secrets redacted
  virtual void jobs_changed() = 0;  // after retry, cancel, approve, deny: wake the loops
};

}  // namespace certconnector::control
