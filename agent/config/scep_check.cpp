#include "agent/config/scep_check.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "common/text/letter_case.h"
#include "common/text/nearest.h"

namespace certconnector::config {
namespace {

using Member = std::string ScepSettings::*;
constexpr std::array<std::pair<const char*, Member>, 5> kTemplateKeys{{
    {"template", &ScepSettings::template_name},
    {"signature_template", &ScepSettings::signature_template},
    {"encryption_template", &ScepSettings::encryption_template},
    {"general_template", &ScepSettings::general_template},
    {"ra_template", &ScepSettings::ra_template},
}};

struct TemplateKeys {
  const char* name_key;
  Member name;
  const char* oid_key;
  Member oid;
};
constexpr std::array<TemplateKeys, 4> kTemplateOids{{
    {"template", &ScepSettings::template_name, "template_oid", &ScepSettings::template_oid},
    {"signature_template", &ScepSettings::signature_template, "signature_template_oid",
     &ScepSettings::signature_template_oid},
    {"encryption_template", &ScepSettings::encryption_template, "encryption_template_oid",
     &ScepSettings::encryption_template_oid},
    {"general_template", &ScepSettings::general_template, "general_template_oid",
     &ScepSettings::general_template_oid},
}};

std::vector<std::string> templates_of(const Settings& settings, const std::string& ca) {
  std::vector<std::string> names;
  for (const TemplateSettings& one : settings.templates) {
    if (one.ca.empty() || one.ca == ca) names.push_back(one.name);
  }
  return names;
}

bool names_no_template(const ScepSettings& scep) {
  return scep.template_name.empty() && scep.signature_template.empty() &&
         scep.encryption_template.empty() && scep.general_template.empty();
}

std::string unknown(const std::string& what, const std::string& name,
                    const std::vector<std::string>& known) {
  const std::string near = text::nearest(name, known);
  return "names the " + what + " \"" + name + "\", which there is not" +
         (near.empty() ? "" : "; did you mean " + near + "?");
}

class ScepCheck {
 public:
  ScepCheck(const Settings& settings, const Complain& complain)
      : settings_(settings), complain_(complain) {}

  void check(const ScepSettings& scep) {
    section_ = "scep." + scep.name;
    ca_and_templates(scep);
    template_oids(scep);
    challenge(scep);
    passwords(scep);
    paths(scep);
    if (!scep.path.empty() && settings_.http.off()) {
      complain_(section_, "path",
                "is served by the HTTP server; set listen or tls_listen in [http] as well");
    }
    if (scep.deliver_after_report && !scep.reports()) {
      complain_(section_, "deliver_after_report",
                "needs reports; set report = yes in this section as well");
    }
  }

 private:
  void ca_and_templates(const ScepSettings& scep) {
    std::vector<std::string> cas;
    for (const CaSettings& ca : settings_.cas) cas.push_back(ca.name);
    if (scep.ca.empty()) {
      complain_(section_, "ca", "must say which of the CAs issues, since there are several");
    } else if (std::find(cas.begin(), cas.end(), scep.ca) == cas.end()) {
      complain_(section_, "ca", unknown("CA", scep.ca, cas));
    }
    previous_cas(scep, cas);
    // The templates of an NDES are its CA's.
    if (scep.path.empty() && !settings_.registration.issuing_ca_file.empty()) return;
    const std::vector<std::string> known = templates_of(settings_, scep.ca);
    if (names_no_template(scep)) {
      complain_(section_, "template",
                "must name a template, since the CA has several; or set signature_template, "
                "encryption_template and general_template");
    }
    for (const auto& [key, member] : kTemplateKeys) {
      const std::string& name = scep.*member;
      const bool by_usage =
          member != &ScepSettings::template_name && member != &ScepSettings::ra_template;
      if (by_usage && !name.empty() && !scep.template_name.empty()) {
        complain_(section_, key,
                  "is never used beside template, which is for every key usage; set the one or "
                  "the others");
      }
      if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) continue;
      complain_(section_, key, unknown("template", name, known));
    }
  }

  void previous_cas(const ScepSettings& scep, const std::vector<std::string>& cas) {
    for (const std::string& name : scep.previous_ca) {
      if (name == scep.ca) {
        complain_(section_, "previous_ca",
                  "names the CA \"" + name + "\", which issues now; name the one before it");
      } else if (std::find(cas.begin(), cas.end(), name) == cas.end()) {
        complain_(section_, "previous_ca", unknown("CA", name, cas));
      }
    }
    if (scep.path.empty() && !scep.previous_ca.empty()) {
      complain_(section_, "previous_ca", "is for services with a path alone");
    }
  }

  void template_oids(const ScepSettings& scep) {
    for (const TemplateKeys& one : kTemplateOids) {
      if ((scep.*one.oid).empty() || !(scep.*one.name).empty()) continue;
      complain_(section_, one.oid_key, std::string("needs ") + one.name_key + " as well");
    }
  }

  void challenge(const ScepSettings& scep) {
    const bool fixed = scep.challenge == ScepChallenge::fixed;
    const bool is_signed = scep.challenge == ScepChallenge::signed_by_endpoint;
    if (fixed == scep.challenge_file.empty()) {
      complain_(section_, "challenge_file",
                fixed ? "must name the file with the password, since challenge = static"
                      : "is for challenge = static alone");
    }
    if (is_signed == scep.challenge_keys_file.empty()) {
      complain_(section_, "challenge_keys_file",
                is_signed ? "must name the file with the trusted public keys, since challenge = "
                            "signed"
                          : "is for challenge = signed alone");
    }
    if (is_signed && scep.challenge_issuer.empty()) {
      complain_(section_, "challenge_issuer",
                "must say who signs the challenges, as they name it themselves");
    }
  }

  void passwords(const ScepSettings& scep) {
    if (scep.challenge == ScepChallenge::one_time) return;
    const ScepSettings untouched;
    const std::string text = "is for challenge = one-time alone";
    if (scep.password_max != untouched.password_max) complain_(section_, "password_max", text);
    if (scep.password_validity != untouched.password_validity) {
      complain_(section_, "password_validity", text);
    }
    if (scep.password_length != untouched.password_length) {
      complain_(section_, "password_length", text);
    }
  }

  void paths(const ScepSettings& scep) {
    const bool for_registration = settings_.registration.service == scep.name;
    if (scep.path.empty() && !for_registration) {
      complain_(section_, "path",
                "must not be empty, but for the service of the section [registration]");
    }
    if (scep.path.empty() && !scep.short_path.empty()) {
      complain_(section_, "short_path", "needs path as well");
    }
    for (const auto& [key, path] :
         {std::pair("path", scep.path), std::pair("short_path", scep.short_path)}) {
      if (path.empty()) continue;
      // Devices may write a path in any letter case.
      const auto [other, fresh] = taken_.emplace(text::to_lower(path), section_);
      if (!fresh) complain_(section_, key, "is the path of [" + other->second + "] already");
    }
  }

  const Settings& settings_;
  const Complain& complain_;
  std::map<std::string, std::string> taken_;  // paths as they are found, with their sections
  std::string section_;
};

// A common name has at most 64 characters, RFC 5280 appendix A.1.
std::string default_ra_subject(const std::string& service) {
  constexpr std::string_view kSuffix = " SCEP RA";
  constexpr std::size_t kLongest = 64;
  return "CN=" + service.substr(0, kLongest - kSuffix.size()) + std::string(kSuffix);
}

}  // namespace

std::vector<ServiceTemplate> templates_named(const ScepSettings& scep) {
  std::vector<ServiceTemplate> named;
  for (const TemplateKeys& one : kTemplateOids) {
    if ((scep.*one.name).empty()) continue;
    named.push_back({scep.*one.name, scep.*one.oid, one.oid_key});
  }
  return named;
}

void fill_scep(Settings& settings) {
  for (ScepSettings& scep : settings.scep) {
    if (scep.ca.empty() && settings.cas.size() == 1) scep.ca = settings.cas.front().name;
    if (scep.ra_subject.empty()) scep.ra_subject = default_ra_subject(scep.name);
    const std::vector<std::string> known = templates_of(settings, scep.ca);
    if (names_no_template(scep) && known.size() == 1) scep.template_name = known.front();
  }
}

void check_scep(const Settings& settings, const Complain& complain) {
  ScepCheck check(settings, complain);
  for (const ScepSettings& scep : settings.scep) check.check(scep);
}

}  // namespace certconnector::config
