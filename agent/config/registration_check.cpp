#include "agent/config/registration_check.h"

#include <array>
#include <vector>

#include "common/text/nearest.h"

namespace certconnector::config {
namespace {

constexpr const char* kRegistration = "registration";

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

}  // namespace

void check_registration(const Settings& settings, const Complain& complain) {
  const RegistrationSettings& r = settings.registration;
  const std::array<std::pair<const char*, bool>, 5> needed{{
      {"certificate_file", r.certificate_file.empty()},
      {"key_file", r.key_file.empty()},
      {"client_ca_file", r.client_ca_file.empty()},
      {"allow", r.allow.empty()},
      {"service", r.service.empty()},
  }};
  for (const auto& [key, missing] : needed) {
    if (r.listen.empty() && !missing) {
      complain(kRegistration, key, "needs listen as well");
    } else if (!r.listen.empty() && missing) {
      complain(kRegistration, key, "must be set, since listen is");
    }
  }
  if (!r.service.empty()) check_service(settings, complain);
}

}  // namespace certconnector::config
