// The issuing CAs of the configuration: opened at start, set up by a person while the agent runs.
#include <algorithm>
#include <utility>

#include "agent/app/agent.h"
#include "agent/app/ca_sections.h"
#include "agent/app/errors.h"
#include "agent/ca/ca_errors.h"
#include "common/crypto/certificate.h"
#include "common/text/hex.h"

namespace certconnector::app {
namespace {

core::CaFingerprint fingerprint_of(const crypto::Certificate& certificate) {
  return text::to_hex(crypto::view(certificate.sha256()));
}

}  // namespace

std::vector<Agent::ConfiguredCa> Agent::open_cas(const config::Settings& settings, Engine& engine) {
  std::vector<ConfiguredCa> slots;
  for (const config::CaSettings& section : settings.cas) {
    slots.push_back({ca_section(section, settings), {}, {}});
    open_ca(slots.back(), engine);
  }
  return slots;
}

void Agent::open_ca(ConfiguredCa& slot, Engine& engine) {
  const ca::CaBackendParts parts{parts_.keys, parts_.engine.certificate_store, parts_.clock,
                                 parts_.engine.logger, parts_.crl_published};
  const ca::Backend& backend = *ca::find_backend(parts_.backends, slot.settings.backend);
  auto authority = backend.make(slot.settings, parts);
  if (!authority.ok()) {
    const bool not_set_up = authority.error().code() == error_code(ca::CaErrc::not_set_up);
    slot.fingerprint.clear();
    slot.set_up = !not_set_up;
    slot.problem = authority.error().message();
    if (not_set_up) {
      parts_.engine.logger.info("ca.not_set_up", slot.problem, {{"ca", slot.settings.name}});
    } else {
      parts_.engine.logger.error("ca.unusable", "This CA cannot be served: " + slot.problem,
                                 {{"ca", slot.settings.name}});
    }
    return;
  }
  slot.problem.clear();
  slot.set_up = true;
  slot.fingerprint = authority->ca->describe().fingerprint;
  const std::vector<Bytes> chain = authority->ca->chain();
  parts_.chains.set(slot.fingerprint, chain);
  if (!chain.empty()) parts_.ca_certificate_known(slot.settings.name, chain.front());
  engine.add(std::move(*authority));
}

std::vector<Agent::ConfiguredCa> Agent::slots() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return slots_;
}

Result<ca::CaSection> Agent::ca_settings(const std::string& name) const {
  std::string known;
  for (const ConfiguredCa& slot : slots()) {
    if (slot.settings.name == name) return slot.settings;
    known += (known.empty() ? "" : ", ") + slot.settings.name;
  }
  return Error(AppErrc::unknown_ca, ErrorKind::permanent,
               "the configuration has no [ca." + name + "]; it has: " + known);
}

Result<jobs::CaRef> Agent::issuer(const std::string& name) const {
  CC_TRY(ca_settings(name));
  for (const ConfiguredCa& slot : slots()) {
    if (slot.settings.name != name) continue;
    jobs::CaRef found = engine()->authorities().find(slot.fingerprint);
    if (found) return found;
    return not_served(slot);
  }
  return Error(AppErrc::unknown_ca, ErrorKind::permanent, "the CA " + name + " is gone");
}

Error Agent::not_served(const ConfiguredCa& slot) {
  return {slot.set_up ? AppErrc::unusable_ca : AppErrc::not_set_up, ErrorKind::permanent,
          "the CA " + slot.settings.name + " cannot be used: " + slot.problem};
}

// Opens a CA that was just set up or put right, without a restart.
Result<core::CaFingerprint> Agent::serve(const std::string& name) {
  CC_TRY_ASSIGN(const ca::CaSection settings, ca_settings(name));
  ConfiguredCa fresh{settings, {}, {}};
  open_ca(fresh, *engine());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (ConfiguredCa& slot : slots_) {
      if (slot.settings.name == name) slot = fresh;
    }
  }
  parts_.cas_changed();
  parts_.state_changed();
  if (fresh.fingerprint.empty()) return not_served(fresh);
  return fresh.fingerprint;
}

Result<const ca::CaSetUp*> Agent::set_up_of(const ca::CaSection& section) const {
  const ca::CaSetUp* set_up = ca::find_backend(parts_.backends, section.backend)->set_up;
  if (set_up != nullptr) return set_up;
  return Error(AppErrc::no_set_up, ErrorKind::permanent,
               "the CA " + section.name + " has backend = " + section.backend +
                   " and is set up where it runs, not by this agent; see certconnectord.conf(5)");
}

Result<control::CreatedCa> Agent::create_ca(const control::CreateCa& request) {
  const std::lock_guard<std::mutex> changing(changing_);
  CC_TRY_ASSIGN(const ca::CaSection section, ca_settings(request.name));
  CC_TRY_ASSIGN(const ca::CaSetUp* const set_up, set_up_of(section));
  const ca::NewCa wanted{request.subject, request.key, request.lifetime};
  const ca::SetUpParts parts{parts_.keys, parts_.clock};
  control::CreatedCa created;
  if (request.kind == control::CaKind::subordinate_request) {
    CC_TRY_ASSIGN(created.request_pem, set_up->create_request(section, wanted, parts));
    return created;
  }
  CC_TRY_ASSIGN(const crypto::Certificate certificate, set_up->create_root(section, wanted, parts));
  created.certificate_pem = certificate.to_pem();
  CC_TRY_ASSIGN(created.fingerprint, serve(request.name));
  return created;
}

Result<control::CreatedCa> Agent::import_ca(const control::ImportCa& request) {
  const std::lock_guard<std::mutex> changing(changing_);
  CC_TRY_ASSIGN(const ca::CaSection section, ca_settings(request.name));
  CC_TRY_ASSIGN(const ca::CaSetUp* const set_up, set_up_of(section));
  CC_TRY_ASSIGN(
      const crypto::Certificate certificate,
      set_up->import(section,
                     {request.certificate_pem, request.key_pem, request.pkcs12, request.passphrase},
                     {parts_.keys, parts_.clock}));
  control::CreatedCa imported;
  imported.certificate_pem = certificate.to_pem();
  imported.fingerprint = fingerprint_of(certificate);
  CC_TRY(serve(request.name));
  return imported;
}

// A CA whose files were put right is served from here on.
Status Agent::test_ca(const std::string& name) {
  if (!issuer(name).ok()) {
    const std::lock_guard<std::mutex> changing(changing_);
    if (!issuer(name).ok()) {
      CC_TRY(serve(name));
    }
  }
  CC_TRY_ASSIGN(const jobs::CaRef found, issuer(name));
  return engine()->check(found->description.fingerprint, stop_.token());
}

Result<std::vector<Bytes>> Agent::ca_chain(const std::string& name) {
  CC_TRY_ASSIGN(const jobs::CaRef found, issuer(name));
  return found->authority.ca->chain();
}

Status Agent::publish_crl(const std::string& name) {
  CC_TRY_ASSIGN(const jobs::CaRef found, issuer(name));
  if (found->authority.crl_publisher == nullptr) {
    return Error(AppErrc::no_crl, ErrorKind::permanent,
                 "the CA " + name + " publishes its CRL itself, not through this agent");
  }
  return found->authority.crl_publisher->publish_now();
}

}  // namespace certconnector::app
