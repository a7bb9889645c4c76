#include "agent/config/registration_check.h"

#include <array>
#include <vector>

#include "agent/config/http_check.h"
#include "common/text/nearest.h"

namespace certconnector::config {
namespace {

constexpr const char* kRegistration = "registration";
constexpr const char* kNeedsListen = "needs listen as well";
constexpr const char* kSinceListen = "must be set, since listen is";

void check_service(const Settings& settings, const Complain& complain) {
  const std::string& name = settings.registration.service;
  std::vector<std::string> names;
  for (const ScepSettings& scep : settings.scep) {
    if (scep.name == name) return;
    names.push_back(scep.name);
  }
  const std::string near = text::nearest(name, names);
  complain(kRegistration, "service",
           "names the SCEP service \"" + name + "\", which has no section [scep." + name + "]" +
               (near.empty() ? "" : "; did you mean " + near + "?"));
}

// The keys for certificates of a CA that the agent cannot ask.
void check_foreign_ca(const RegistrationSettings& r, const Complain& complain) {
  if (!r.issuing_ca_file.empty()) return;
  const RegistrationSettings untouched;
  const std::array<std::pair<const char*, bool>, 6> of_foreign{{
      {"renewal_extended_key_usage",
       r.renewal_extended_key_usage != untouched.renewal_extended_key_usage},
      {"crl_hosts", !r.crl_hosts.empty()},
      {"crl_url", !r.crl_url.empty()},
      {"crl_file", !r.crl_file.empty()},
      {"delta_crls", r.delta_crls != untouched.delta_crls},
      {"unknown_revocation", r.allow_unknown_revocation},
  }};
  for (const auto& [key, set] : of_foreign) {
    if (set) {
      complain(
          kRegistration, key,
          "is for the CA of issuing_ca_file alone; the agent asks its own CAs for revocations");
    }
  }
}

void check_certificate(const RegistrationSettings& r, const Complain& complain) {
  const bool in_store = !r.certificate_store.empty();
  for (const auto& [key, file] :
       {std::pair("certificate_file", r.certificate_file), std::pair("key_file", r.key_file)}) {
    if (r.listen.empty() && !file.empty()) complain(kRegistration, key, kNeedsListen);
    if (!r.listen.empty() && file.empty() && !in_store) complain(kRegistration, key, kSinceListen);
    if (in_store && !file.empty()) complain(kRegistration, key, kOrTheStore);
  }
  if (r.listen.empty() && in_store) complain(kRegistration, "certificate_store", kNeedsListen);
}

}  // namespace

void check_registration(const Settings& settings, const Complain& complain) {
  const RegistrationSettings& r = settings.registration;
  check_certificate(r, complain);
  const std::array<std::pair<const char*, bool>, 3> needed{{
      {"client_ca_file", r.client_ca_file.empty()},
      {"allow", r.allow.empty()},
      {"service", r.service.empty()},
  }};
  for (const auto& [key, missing] : needed) {
    if (r.listen.empty() && !missing) {
      complain(kRegistration, key, kNeedsListen);
    } else if (!r.listen.empty() && missing) {
      complain(kRegistration, key, kSinceListen);
    }
  }
  if (!r.service.empty()) check_service(settings, complain);
  check_foreign_ca(r, complain);
}

std::vector<std::string> notes_on_registration(const Settings& settings) {
  const RegistrationSettings& r = settings.registration;
  std::vector<std::string> notes;
  for (const ScepSettings& scep : settings.scep) {
    const bool renews = scep.name == r.service && scep.renewal && !r.issuing_ca_file.empty();
    if (!renews) continue;
    for (const ServiceTemplate& one : templates_named(scep)) {
      if (!one.oid.empty()) continue;
      notes.push_back("[scep." + scep.name + "] " + one.oid_key + " is not set: if \"" + one.name +
                      "\" is a template of version 2 or later, its certificates name it by an "
                      "object identifier, and none of them renews; `certutil -v -template` shows "
                      "the identifier (TemplatePropOID)");
    }
    if (!r.crl_hosts.empty() || !r.crl_url.empty() || !r.crl_file.empty()) continue;
    notes.push_back(
        std::string("[registration] none of crl_hosts, crl_url and crl_file is set: the agent "
                    "cannot know whether a certificate is revoked, so ") +
        (r.allow_unknown_revocation ? "revoked certificates renew too (unknown_revocation = allow)"
                                    : "none of them renews"));
  }
  return notes;
}

}  // namespace certconnector::config
