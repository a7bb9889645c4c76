// Which [ca.NAME] section has a CA: one alone. Two would number and publish the CRLs of one CA, and
// each would lack what the other revokes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/app/active_configuration.h"
#include "agent/app/issuer_chains.h"
#include "agent/ca/backend.h"
#include "common/crypto/certificate.h"
#include "common/result/error.h"

namespace certconnector::app {

// In the section's files. Nothing: none is there, or it cannot be read.
[[nodiscard]] std::optional<crypto::Certificate> ca_certificate_in_files(
    const ca::Backends& backends, const std::string& backend, const config::CaOptions& options);

// Another certificate for the same name and key is the same CA.
[[nodiscard]] bool same_ca(const crypto::Certificate& one, const crypto::Certificate& other);

// Thread-safe as long as its parts live.
class CaOwner {
 public:
  CaOwner(const ca::Backends& backends, const IssuerChains& chains)
      : backends_(backends), chains_(chains) {}

  // The section of `cas` that has this CA beside `section`: by the certificate that the agent
  // serves there, or else in its files. Empty: none.
  [[nodiscard]] std::string beside(const std::string& section, const crypto::Certificate& ca,
                                   const std::vector<ConfiguredCa>& cas) const;
  // The same for the section to serve: one that is served, or stands before it, has the CA.
  [[nodiscard]] std::string before(const std::string& section, const crypto::Certificate& ca,
                                   const std::vector<ConfiguredCa>& cas) const;

 private:
  [[nodiscard]] bool has(const ConfiguredCa& one, const crypto::Certificate& ca) const;

  const ca::Backends& backends_;
  const IssuerChains& chains_;
};

// Error shared_ca, for the section that does not get it.
[[nodiscard]] Error ca_of_another_section(const std::string& section, const std::string& owner,
                                          const crypto::Certificate& ca);

}  // namespace certconnector::app
