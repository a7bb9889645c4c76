// Opens the CAs of the configuration, and finds those that the agent serves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/app/active_configuration.h"
#include "agent/app/ca_directory.h"
#include "agent/app/ca_owner.h"
#include "agent/app/issuer_chains.h"
#include "agent/ca/backend.h"
#include "agent/control/certificate_lookups.h"

namespace certconnector::app {

// All outlive the object. The functions are thread-safe.
struct ServedCasParts {
  ActiveConfiguration& active;
  const ca::Backends& backends;
  ca::CaBackendParts opening;
  IssuerChains& chains;
  std::function<void(const std::string& ca, const Bytes& certificate)> ca_certificate_known;
  std::function<void()> cas_changed;    // the agent serves a CA, or no longer serves it
  std::function<void()> state_changed;  // the service manager's status line is out of date
};

// Thread-safe; open() and serve() under ActiveConfiguration::lock_changes().
class ServedCas final : public CaDirectory, public control::CertificateLookups {
 public:
  explicit ServedCas(ServedCasParts parts) : parts_(std::move(parts)) {}

  // Opens the CAs of `settings` for `engine`. The log names those that cannot be opened. CAs that
  // keep it waiting do so side by side; the stop in `opening` ends that.
  [[nodiscard]] std::vector<ConfiguredCa> open(const config::Settings& settings, Engine& engine);
  // Opens a CA of the active configuration again, without a restart: a person has set it up or
  // repaired it. Errors: it cannot be opened.
  [[nodiscard]] Result<core::CaFingerprint> serve(const std::string& name);
  void announce_change() const { parts_.cas_changed(); }

  // Errors: the configuration has no such section.
  [[nodiscard]] Result<ca::CaSection> section(const std::string& name) const;
  // Errors: as section(), or the agent does not serve the CA.
  [[nodiscard]] Result<jobs::CaRef> require_ca(const std::string& name) const;

  // The other section that has this CA; empty: none.
  [[nodiscard]] std::string other_section_of(const std::string& section,
                                             const crypto::Certificate& ca) const;

  jobs::CaRef find_ca(const std::string& name) override;
  std::shared_ptr<core::CertificateLookup> certificates_of(const core::CaFingerprint& ca) override;

 private:
  // Has the backends get from the CAs what opening them needs; in the order of `cas`.
  [[nodiscard]] std::vector<Status> fetch(const std::vector<ConfiguredCa>& cas) const;
  [[nodiscard]] Status fetch(const ca::CaSection& section) const;
  // `all`: the sections with their CAs so far.
  void open(ConfiguredCa& ca, const Status& fetched, Engine& engine,
            const std::vector<ConfiguredCa>& all);
  // Errors: those of the backend; another section has the CA.
  [[nodiscard]] Result<core::CaPorts> make(const ca::CaSection& section,
                                           const std::vector<ConfiguredCa>& all) const;
  [[nodiscard]] Status check_owner(const std::string& section, const crypto::Certificate& ca,
                                   const std::vector<ConfiguredCa>& all) const;

  const ServedCasParts parts_;
  const CaOwner owner_{parts_.backends, parts_.chains};
};

}  // namespace certconnector::app
