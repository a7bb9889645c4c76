// The agent as the control server sees it: the engine, its CAs and its identity behind the
// operations that a person can ask for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/app/agent_identity.h"
#include "agent/app/ca_directory.h"
#include "agent/app/engine.h"
#include "agent/app/issuer_chains.h"
#include "agent/app/pause_file.h"
#include "agent/ca/backend.h"
#include "agent/config/settings.h"
#include "agent/control/agent_operations.h"
#include "agent/store/sqlite/sqlite_certificate_store.h"
#include "agent/store/sqlite/sqlite_job_store.h"

namespace certconnector::app {

// What the agent is put together from; all of it outlives the agent.
struct AgentParts {
  EngineParts engine;
  store::SqliteJobStore& queue;                      // for the backup
  store::SqliteCertificateStore& certificate_store;  // for the backup
  AgentIdentity& identity;
  const ca::Backends& backends;
  core::KeySource& keys;
  Clock& clock;
  IssuerChains& chains;
  ca::CrlPublished crl_published;
  std::function<void(const std::string& ca, const Bytes& certificate)> ca_certificate_known;
  std::function<void()> cas_changed;  // a CA is served, or not any more
  std::function<void()>
      state_changed;  // from any thread: the service manager's status line is to be renewed
};

// Thread-safe. Life: start(), reload()s, begin_stop(), finish(), destructor.
class Agent final : public control::AgentOperations, public CaDirectory {
 public:
  Agent(config::Settings settings, AgentParts parts);
  ~Agent() override;

  // Opens the CAs, takes up the identity and starts the loops. Errors: an identity that is there
  // and cannot be used. CAs that cannot be opened are shown and not served.
  [[nodiscard]] Status start();
  // Works on with other settings: the batches under way are finished under the old ones first.
  void reload(const config::Settings& settings);
  [[nodiscard]] config::Settings settings() const;

  void begin_stop();
  // Waits for the batches under way and their reports, at most about `limit`. False: a CA's call
  // runs still, and the destructor would wait for it. What is done by then is durable.
  [[nodiscard]] bool finish(Duration limit);
  void hurry();  // from another thread, while finish() waits: what waits for the network gives up

  [[nodiscard]] std::string status_line();  // one line for the service manager

  jobs::CaRef find_ca(const std::string& name) override;

  control::StatusView status() override;
  std::vector<core::HealthFinding> health() override;
  Status pause() override;
  Status resume() override;
  Status drain() override;
  Result<control::IdentityView> enroll(const std::string& token) override;
  Result<control::IdentityView> renew_identity() override;
  Result<control::CreatedCa> create_ca(const control::CreateCa& request) override;
  Result<control::CreatedCa> import_ca(const control::ImportCa& request) override;
  Status test_ca(const std::string& name) override;
  Result<std::vector<Bytes>> ca_chain(const std::string& name) override;
  Status publish_crl(const std::string& name) override;
  Status backup(const std::string& folder) override;
  std::shared_ptr<core::CertificateLookup> certificates_of(const core::CaFingerprint& ca) override;
  Result<core::JobRecord> run_job(const core::NewJob& job, Duration patience) override;
  std::string configuration_text() override;
  void jobs_changed() override;

 private:
  // One [ca.NAME] section and what became of it.
  struct ConfiguredCa {
    ca::CaSection settings;
    core::CaFingerprint fingerprint;  // empty: not served
    std::string problem;              // why it is not served
    bool set_up = true;               // false: a person has yet to give it a certificate
  };
  using EngineRef = std::shared_ptr<Engine>;

  [[nodiscard]] EngineRef engine() const;
  [[nodiscard]] EngineRef make_engine(const config::Settings& settings);
  void open_ca(ConfiguredCa& slot, Engine& engine);
  [[nodiscard]] std::vector<ConfiguredCa> open_cas(const config::Settings& settings,
                                                   Engine& engine);
  [[nodiscard]] Result<ca::CaSection> ca_settings(const std::string& name) const;
  [[nodiscard]] Result<const ca::CaSetUp*> set_up_of(const ca::CaSection& section) const;
  [[nodiscard]] Result<jobs::CaRef> issuer(const std::string& name) const;
  [[nodiscard]] static Error not_served(const ConfiguredCa& slot);
  [[nodiscard]] Result<core::CaFingerprint> serve(const std::string& name);
  [[nodiscard]] Status take_up_identity();
  [[nodiscard]] Status reconnect(const config::ManagementSettings& settings);
  [[nodiscard]] control::CaView view(const ConfiguredCa& slot, Engine& engine);
  [[nodiscard]] std::optional<control::IdentityView> identity_view() const;
  [[nodiscard]] std::vector<ConfiguredCa> slots() const;
  [[nodiscard]] std::vector<core::HealthFinding> findings(Engine& engine);
  void add_ca_findings(std::vector<core::HealthFinding>& all, Engine& engine);
  void operating_mode_changed();
  [[nodiscard]] bool take_back_left_engines();

  AgentParts parts_;
  PauseFile pause_file_;
  Timestamp started_;
  StopSource stop_;      // of calls to the endpoint on a person's behalf
  std::mutex changing_;  // one change of identity, CAs or engine at a time; taken before mutex_
  mutable std::mutex mutex_;
  config::Settings settings_;
  EngineRef engine_;
  std::vector<ConfiguredCa> slots_;
  // Replaced by a reload while a CA's call of theirs ran on.
  std::vector<EngineRef> left_engines_;
};

}  // namespace certconnector::app
