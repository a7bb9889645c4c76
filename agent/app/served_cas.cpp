#include "agent/app/served_cas.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "agent/app/ca_sections.h"
#include "agent/app/errors.h"
#include "agent/ca/ca_errors.h"

namespace certconnector::app {
namespace {

// A fetch may run a helper.
constexpr std::size_t kFetchesAtOnce = 16;

Error not_served(const ConfiguredCa& ca) {
  return {ca.set_up ? AppErrc::unusable_ca : AppErrc::not_set_up, ErrorKind::permanent,
          "the CA " + ca.settings.name + " cannot be used: " + ca.problem};
}

}  // namespace

std::vector<ConfiguredCa> ServedCas::open(const config::Settings& settings, Engine& engine) {
  std::vector<ConfiguredCa> cas;
  for (const config::CaSettings& section : settings.cas) {
    cas.push_back({ca_section(section, settings), {}, {}});
  }
  const std::vector<Status> fetched = fetch(cas);
  for (std::size_t i = 0; i < cas.size(); ++i) open(cas[i], fetched[i], engine, cas);
  return cas;
}

std::vector<Status> ServedCas::fetch(const std::vector<ConfiguredCa>& cas) const {
  std::vector<Status> fetched(cas.size());
  std::atomic<std::size_t> next{0};
  const auto fetch_some = [&] {
    for (std::size_t i = next++; i < cas.size(); i = next++) fetched[i] = fetch(cas[i].settings);
  };
  std::vector<std::thread> beside;
  for (std::size_t i = 1; i < std::min(cas.size(), kFetchesAtOnce); ++i) {
    beside.emplace_back(fetch_some);
  }
  fetch_some();
  for (std::thread& one : beside) one.join();
  return fetched;
}

Status ServedCas::fetch(const ca::CaSection& section) const {
  const ca::Backend& backend = *ca::find_backend(parts_.backends, section.backend);
  return backend.fetch == nullptr ? Status() : backend.fetch(section, parts_.opening);
}

// The files tell before anything of the CA is opened.
Result<core::CaPorts> ServedCas::make(const ca::CaSection& section,
                                      const std::vector<ConfiguredCa>& all) const {
  const auto in_files = ca_certificate_in_files(parts_.backends, section.backend, *section.options);
  if (in_files) CC_TRY(check_owner(section.name, *in_files, all));
  CC_TRY_ASSIGN(core::CaPorts made,
                ca::find_backend(parts_.backends, section.backend)->make(section, parts_.opening));
  const std::vector<Bytes> chain = made.ca->chain();
  if (in_files || chain.empty()) return made;
  CC_TRY_ASSIGN(const auto certificate, crypto::Certificate::from_der(chain.front()));
  CC_TRY(check_owner(section.name, certificate, all));
  return made;
}

Status ServedCas::check_owner(const std::string& section, const crypto::Certificate& ca,
                              const std::vector<ConfiguredCa>& all) const {
  const std::string other = owner_.before(section, ca, all);
  return other.empty() ? Status() : Status(ca_of_another_section(section, other, ca));
}

std::string ServedCas::other_section_of(const std::string& section,
                                        const crypto::Certificate& ca) const {
  return owner_.beside(section, ca, parts_.active.cas());
}

void ServedCas::open(ConfiguredCa& ca, const Status& fetched, Engine& engine,
                     const std::vector<ConfiguredCa>& all) {
  auto opened = fetched.ok() ? make(ca.settings, all) : Result<core::CaPorts>(fetched.error());
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
  open(fresh, fetch(settings), *parts_.active.engine(), parts_.active.cas());
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
  const core::CaFingerprint fingerprint = parts_.active.fingerprint_of(name);
  return fingerprint.empty() ? nullptr : parts_.active.engine()->cas().find(fingerprint);
}

std::shared_ptr<core::CertificateLookup> ServedCas::certificates_of(const core::CaFingerprint& ca) {
  const jobs::CaRef found = parts_.active.engine()->cas().find(ca);
  if (!found || found->ports.certificates == nullptr) return nullptr;
  return {found->ports.ca, found->ports.certificates};
}

}  // namespace certconnector::app
