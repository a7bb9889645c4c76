#include "agent/app/ca_sections.h"

namespace certconnector::app {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

ca::TemplateSettings template_settings(const config::TemplateSettings& section) {
  ca::TemplateSettings t;
  t.name = section.name;
  t.validity = duration_cast<seconds>(section.validity);
  t.backdate = duration_cast<seconds>(section.backdate);
  t.key_usage = section.key_usage;
  t.extended_key_usage = section.extended_key_usage;
  t.san_kinds = section.san_kinds;
  t.min_rsa = section.min_rsa;
  t.min_ec = section.min_ec;
  t.refuse_unknown_extensions = section.refuse_unknown_extensions;
  t.exact_usages = section.exact_usages;
  t.requester_validity = section.requester_validity;
  t.approval = section.approval;
  t.crl_url = section.crl_url;
  t.aia_url = section.aia_url;
  return t;
}

// The purposes with which clients take an RA certificate. Never certificate-request-agent, and
// never none, which Windows reads as all: under a CA of NTAuth the RA would enroll for the whole
// domain (packaging/doc/adr/0057-ra-certificates-are-for-mail-and-servers.md).
std::vector<std::string> ra_purposes() {
  return {std::string(crypto::oid::kServerAuth), "1.3.6.1.5.5.7.3.4"};  // emailProtection
}

// The template of a service's RA certificate where the configuration names none.
ca::TemplateSettings ra_template(const config::ScepSettings& scep) {
  ca::TemplateSettings t;
  t.name = ra_template_name(scep);
  t.validity = duration_cast<seconds>(scep.ra_validity);
  t.key_usage = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  t.extended_key_usage = ra_purposes();
  t.san_kinds.clear();
  t.agent_only = true;
  return t;
}

}  // namespace

// No name that a configuration can give.
std::string ra_template_name(const config::ScepSettings& scep) {
  return scep.ra_template.empty() ? "scep-ra:" + scep.name : scep.ra_template;
}

std::vector<std::string> ra_names(const config::Settings& settings) {
  std::vector<std::string> names;
  for (const config::ScepSettings& scep : settings.scep) {
    if (!scep.path.empty()) names.push_back(scep.ra_subject);
  }
  return names;
}

ca::CaSection ca_section(const config::CaSettings& ca, const config::Settings& settings) {
  ca::CaSection out;
  out.name = ca.name;
  out.backend = ca.backend;
  out.concurrency = ca.concurrency;
  out.in_doubt = ca.in_doubt == config::InDoubt::hold ? core::InDoubtPolicy::hold
                                                      : core::InDoubtPolicy::resubmit;
  out.options = ca.options;
  for (const config::TemplateSettings& t : settings.templates) {
    if (t.ca.empty() || t.ca == ca.name) out.templates.push_back(template_settings(t));
  }
  out.ra_names = ra_names(settings);
  for (const config::ScepSettings& scep : settings.scep) {
    if (scep.ca == ca.name && scep.ra_template.empty()) out.templates.push_back(ra_template(scep));
  }
  return out;
}

}  // namespace certconnector::app
