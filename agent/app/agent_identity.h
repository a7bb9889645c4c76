// The agent's client certificate: its source (onboarding, or an administrator's files), its place
// on disk, and the connection to the endpoint that uses it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "agent/cloud/reference/https_management_endpoint.h"
#include "agent/config/settings.h"
#include "agent/core/ports/identity_store.h"
#include "agent/keys/machine_store.h"
#include "agent/platform/identity_folder.h"
#include "agent/upstream/endpoint_slot.h"

namespace certconnector::app {

// The source of the certificate in use, and the endpoint.
struct IdentityOrigin {
  std::string url;
  std::string agent_id;  // empty for a certificate from an administrator's files
  bool enrolled = false;
  bool in_store = false;  // the machine's store has it, and renews it
};

// Why a certificate that the configuration names is not renewed by the agent.
[[nodiscard]] Error not_renewable(bool in_store);

// Thread-safe.
class AgentIdentity final : public core::IdentityStore {
 public:
  // `slot`, `clock`, `witness` and `store` outlive it. `witness` hears of the endpoint's clock.
  AgentIdentity(const config::Settings& settings, upstream::EndpointSlot& slot,
                cloud::ChainSource chains, const Clock& clock, core::TimeWitness& witness,
                const keys::MachineStore& store);

  Result<std::optional<core::Identity>> load() override;
  Status save(const core::Identity& identity) override;
  Status activate(const core::Identity& identity) override;
  Result<std::optional<crypto::PrivateKey>> load_next_key() override;
  Status save_next_key(const crypto::PrivateKey& key) override;

  // Trades the token for a certificate, stores it and connects. After an attempt that was cut off
  // it uses the same key and request, so that the endpoint sees the same request. Errors: the
  // certificate cannot be used (core::check_identity); the old one stays. A secret: `token`.
  Result<core::Identity> enroll(const std::string& token, const StopToken& stop);

  // After a reload: new requests use these settings.
  Status reconfigure(const config::ManagementSettings& settings);

  // After activate(), see HttpsManagementEndpoint::reach().
  [[nodiscard]] Result<int> reach(const StopToken& stop);

  [[nodiscard]] std::optional<IdentityOrigin> origin() const;  // of the certificate in use
  [[nodiscard]] std::optional<core::Identity> active() const;
  // Whether the machine's store has another certificate than the one in use, which load() gives.
  // False where the configuration names none there. Errors: those of find_in_store().
  [[nodiscard]] Result<bool> has_successor() const;
  // How a person replaces a certificate that cannot be used; a clause.
  [[nodiscard]] std::string how_to_replace() const;

 private:
  // The endpoint's part of the onboarding, beside key and certificate.
  struct Record {
    IdentityOrigin origin;
    std::string anchors_pem;
  };
  [[nodiscard]] Result<std::optional<core::Identity>> load_configured();
  [[nodiscard]] Result<std::optional<core::Identity>> load_enrolled();
  [[nodiscard]] Status store(const core::Identity& identity, const Record& record) const;
  [[nodiscard]] Result<Bytes> request_for(const crypto::PrivateKey& key) const;
  [[nodiscard]] Status trust(cloud::EndpointSettings& settings) const;  // whom to
  [[nodiscard]] Status connect(const core::Identity& identity);
  [[nodiscard]] std::string next_key_path() const;
  [[nodiscard]] std::string request_path() const;

  const std::string state_dir_;
  const platform::IdentityFolder folder_;
  upstream::EndpointSlot& slot_;
  const cloud::ChainSource chains_;
  const Clock& clock_;
  core::TimeWitness& witness_;
  const keys::MachineStore& store_;

  mutable std::mutex mutex_;
  config::ManagementSettings settings_;
  std::optional<Record> record_;
  std::optional<core::Identity> active_;
  std::shared_ptr<cloud::HttpsManagementEndpoint> endpoint_;
  std::string url_;  // of endpoint_; the configuration may name another than the onboarding
};

}  // namespace certconnector::app
