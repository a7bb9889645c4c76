#include "agent/app/served_cas.h"

#include <utility>

#include "agent/app/ca_sections.h"
#include "agent/app/errors.h"
#include "agent/ca/ca_errors.h"

namespace certconnector::app {
namespace {

Error not_served(const ConfiguredCa& ca) {
  return {ca.set_up ? AppErrc::unusable_ca : AppErrc::not_set_up, ErrorKind::permanent,
          "the CA " + ca.settings.name + " cannot be used: " + ca.problem};
}

}  // namespace

std::vector<ConfiguredCa> ServedCas::open(const config::Settings& settings, Engine& engine) {
  std::vector<ConfiguredCa> cas;
  for (const config::CaSettings& section : settings.cas) {
    cas.push_back({ca_section(section, settings), {}, {}});
    open(cas.back(), engine);
  }
  return cas;
}

void ServedCas::open(ConfiguredCa& ca, Engine& engine) {
  const ca::Backend& backend = *ca::find_backend(parts_.backends, ca.settings.backend);
  auto opened = backend.make(ca.settings, parts_.opening);
  if (!opened.ok()) {
    const bool not_set_up = opened.error().code() == error_code(ca::CaErrc::not_set_up);
    ca.fingerprint.clear();
    ca.set_up = !not_set_up;
    ca.problem = opened.error().message();
    if (not_set_up) {
      parts_.opening.log.info("ca.not_set_up", ca.problem, {{"ca", ca.settings.name}});
    } else {
      parts_.opening.log.error("ca.unusable", "This CA cannot be served: " + ca.problem,
                               {{"ca", ca.settings.name}});
    }
    return;
  }
  ca.problem.clear();
  ca.set_up = true;
  ca.fingerprint = opened->ca->describe().fingerprint;
  const std::vector<Bytes> chain = opened->ca->chain();
  parts_.chains.set(ca.fingerprint, chain);
  if (!chain.empty()) parts_.ca_certificate_known(ca.settings.name, chain.front());
  opened->ra_names = ca.settings.ra_names;
  engine.add(std::move(*opened));
}

Result<core::CaFingerprint> ServedCas::serve(const std::string& name) {
  CC_TRY_ASSIGN(const ca::CaSection settings, section(name));
  ConfiguredCa fresh{settings, {}, {}};
  open(fresh, *parts_.active.engine());
  parts_.active.replace(fresh);
  parts_.cas_changed();
  parts_.state_changed();
  if (fresh.fingerprint.empty()) return not_served(fresh);
  return fresh.fingerprint;
}

Result<ca::CaSection> ServedCas::section(const std::string& name) const {
  std::string known;
  for (const ConfiguredCa& ca : parts_.active.cas()) {
    if (ca.settings.name == name) return ca.settings;
    known += (known.empty() ? "" : ", ") + ca.settings.name;
  }
  return Error(AppErrc::unknown_ca, ErrorKind::permanent,
               "the configuration has no [ca." + name + "]; it has: " + known);
}

Result<jobs::CaRef> ServedCas::require_ca(const std::string& name) const {
  CC_TRY(section(name));
  for (const ConfiguredCa& ca : parts_.active.cas()) {
    if (ca.settings.name != name) continue;
    jobs::CaRef found = parts_.active.engine()->cas().find(ca.fingerprint);
    if (found) return found;
    return not_served(ca);
  }
  return Error(AppErrc::unknown_ca, ErrorKind::permanent, "the CA " + name + " is gone");
}

jobs::CaRef ServedCas::find_ca(const std::string& name) {
  for (const ConfiguredCa& ca : parts_.active.cas()) {
    if (ca.settings.name == name) {
      return parts_.active.engine()->cas().find(ca.fingerprint);
    }
  }
  return nullptr;
}

std::shared_ptr<core::CertificateLookup> ServedCas::certificates_of(const core::CaFingerprint& ca) {
  const jobs::CaRef found = parts_.active.engine()->cas().find(ca);
  if (!found || found->ports.certificates == nullptr) return nullptr;
  return {found->ports.ca, found->ports.certificates};
}

}  // namespace certconnector::app
