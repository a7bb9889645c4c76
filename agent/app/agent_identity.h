// The agent's client certificate: where it comes from (an enrollment, or files of an
// administrator), where it is kept, and the connection to the endpoint that is made with it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "agent/cloud/reference/https_management_endpoint.h"
#include "agent/config/settings.h"
#include "agent/core/ports/identity_store.h"
#include "agent/platform/identity_folder.h"
#include "agent/upstream/endpoint_slot.h"

namespace certconnector::app {

// Where the certificate in use came from, and what it is used at.
struct IdentityOrigin {
  std::string url;
  std::string agent_id;  // empty for a certificate that was brought along
  bool enrolled = false;
};

// Thread-safe.
class AgentIdentity final : public core::IdentityStore {
 public:
  // `slot` and `clock` outlive it.
  AgentIdentity(const config::Settings& settings, upstream::EndpointSlot& slot,
                cloud::ChainSource chains, const Clock& clock);

  Result<std::optional<core::Identity>> load() override;
  Status save(const core::Identity& identity) override;
  Status activate(const core::Identity& identity) override;
  Result<std::optional<crypto::PrivateKey>> load_next_key() override;
  Status save_next_key(const crypto::PrivateKey& key) override;

  // Trades the token for a certificate, stores it and connects. The key and the request of an
  // attempt that was cut off are used again, so that the endpoint sees the same request. A
  // certificate that cannot be used (core::check_identity) is refused and the old one stays. A
  // secret: `token`.
  Result<core::Identity> enroll(const std::string& token, const StopToken& stop);

  // After a reload: new requests use these settings.
  Status reconfigure(const config::ManagementSettings& settings);

  [[nodiscard]] std::optional<IdentityOrigin> origin() const;  // of the certificate in use
  [[nodiscard]] std::optional<core::Identity> active() const;
  // How a person gets another certificate into the place of one that cannot be used; a clause.
  [[nodiscard]] std::string how_to_replace() const;

 private:
  // What was learnt at the enrollment, beside key and certificate.
  struct Record {
    IdentityOrigin origin;
    std::string anchors_pem;
  };
  [[nodiscard]] Result<std::optional<core::Identity>> load_configured();
  [[nodiscard]] Result<std::optional<core::Identity>> load_enrolled();
  [[nodiscard]] Status store(const core::Identity& identity, const Record& record) const;
  [[nodiscard]] Result<Bytes> request_for(const crypto::PrivateKey& key) const;
  [[nodiscard]] Status connect(const core::Identity& identity);
  [[nodiscard]] std::string next_key_path() const;
  [[nodiscard]] std::string request_path() const;

  const std::string state_dir_;
  const platform::IdentityFolder folder_;
  upstream::EndpointSlot& slot_;
  const cloud::ChainSource chains_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  config::ManagementSettings settings_;
  std::optional<Record> record_;
  std::optional<core::Identity> active_;
  std::shared_ptr<cloud::HttpsManagementEndpoint> endpoint_;
  std::string url_;  // of endpoint_; the configuration may name another than the enrollment
};

}  // namespace certconnector::app
