// The agent's identity on disk, in the state folder: key, certificate, endpoint and its CA.
//
// The four belong together, so they change together: whenever the machine dies, load() finds one
// complete set, the old or the new. How a platform keeps them so is its own affair. One writer at a
// time (the agent, under its InstanceLock).
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
  // Durable when it returns. Also replaces what a person put there as files in path().
  [[nodiscard]] Status save(const IdentityFiles& files) const;

  // The path that a person moves away or fills by hand: a folder, or a link to it.
  [[nodiscard]] std::string path() const;

 private:
  std::string state_dir_;
};

}  // namespace certconnector::platform
