#include "agent/app/ca_backend_settings.h"

#include "agent/platform/paths.h"

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
  t.requester_validity = section.requester_validity;
  t.approval = section.approval;
  t.crl_url = section.crl_url;
  t.aia_url = section.aia_url;
  return t;
}

// What a service's registration authority gets where no template is named for it.
ca::TemplateSettings ra_template(const config::ScepSettings& scep) {
  ca::TemplateSettings t;
  t.name = ra_template_name(scep);
  t.validity = duration_cast<seconds>(scep.ra_validity);
  t.key_usage = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  t.extended_key_usage.clear();
  t.san_kinds.clear();
  t.agent_only = true;
  return t;
}

std::string beside(const std::string& path, const std::string& name) {
  return platform::join_path(platform::parent_path(path), name);
}

}  // namespace

// No name that a configuration can give.
std::string ra_template_name(const config::ScepSettings& scep) {
  return scep.ra_template.empty() ? "scep-ra:" + scep.name : scep.ra_template;
}

ca::CaBackendSettings ca_backend_settings(const config::CaSettings& section,
                                          const config::Settings& settings) {
  ca::CaBackendSettings out;
  out.name = section.name;
  out.backend = section.backend;
  out.concurrency = section.concurrency;
  out.batch = section.batch;
  out.in_doubt = section.in_doubt == config::InDoubt::hold ? core::InDoubtPolicy::hold
                                                           : core::InDoubtPolicy::resubmit;
  out.local.name = section.name;
  out.local.key_file = section.key_file;
  out.local.certificate_file = section.certificate_file;
  out.local.chain_file = section.chain_file;
  out.local.request_file = beside(section.certificate_file, "request.pem");
  out.local.crl_file = section.crl_file;
  out.local.crl_lifetime = duration_cast<seconds>(section.crl_lifetime);
  out.local.crl_min_interval = duration_cast<seconds>(section.crl_min_interval);
  for (const config::TemplateSettings& t : settings.templates) {
    if (t.ca.empty() || t.ca == section.name) out.local.templates.push_back(template_settings(t));
  }
  for (const config::ScepSettings& scep : settings.scep) {
    if (scep.ca == section.name && scep.ra_template.empty()) {
      out.local.templates.push_back(ra_template(scep));
    }
  }
  return out;
}

}  // namespace certconnector::app
