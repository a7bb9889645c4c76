// The agent's identity on disk:
// <state_dir>/identity/{key.pem,certificate.pem,endpoint.json,endpoint_ca.pem}.
//
// The four belong together, so they change together: `identity` is a symbolic link to a folder
// `identity.N`, and a save writes a whole new folder before the link moves. Whenever the machine
// dies, the link leads to one complete set. One writer at a time (the agent, under its
// InstanceLock).
#pragma once

#include <optional>
#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

struct IdentityFiles {
  std::string key_pem;          // PKCS#8; a secret
  std::string certificate_pem;  // the agent's certificate first, then its chain
  std::string endpoint_json;    // where it was enrolled
  std::string endpoint_ca_pem;  // the trust anchor that enrollment pinned
};

class IdentityFolder {
 public:
  explicit IdentityFolder(std::string state_dir) : state_dir_(std::move(state_dir)) {}

  // Nothing when there is no identity yet. A file that is missing or too open is an error that
  // names it.
  [[nodiscard]] Result<std::optional<IdentityFiles>> load() const;
  // Durable when it returns. Also replaces a plain folder `identity` that a person made.
  [[nodiscard]] Status save(const IdentityFiles& files) const;

  [[nodiscard]] std::string path() const { return state_dir_ + "/identity"; }

 private:
  std::string state_dir_;
};

}  // namespace certconnector::platform
