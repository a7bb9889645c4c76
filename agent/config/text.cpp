#include "agent/config/configuration.h"
#include "agent/config/rules.h"

namespace certconnector::config {
namespace {

template <typename Struct>
void list_section(std::vector<Setting>& all, const std::string& name, const Struct& values,
                  const Rules<Struct>& rules) {
  for (const auto& rule : rules) all.push_back({name, rule.name, rule.write(values)});
}

void list_ca(std::vector<Setting>& all, const CaSettings& ca) {
  const std::string section = "ca." + ca.name;
  all.push_back({section, "backend", ca.backend});
  list_section(all, section, ca, ca_rules());
  for (const std::string& key : ca.options->keys()) {
    all.push_back({section, key, ca.options->get(key)});
  }
}

}  // namespace

std::string to_text(const std::vector<Problem>& problems, std::string_view file_name) {
  std::string out;
  for (const Problem& problem : problems) {
    out += file_name;
    if (problem.line > 0) out += ":" + std::to_string(problem.line);
    out += ": " + problem.text + "\n";
  }
  return out;
}

std::vector<Setting> list_settings(const Settings& settings) {
  std::vector<Setting> all;
  list_section(all, "agent", settings.agent, agent_rules());
  list_section(all, "log", settings.log, log_rules());
  list_section(all, "management", settings.management, management_rules());
  list_section(all, "queue", settings.queue, queue_rules());
  list_section(all, "retry", settings.retry, retry_rules());
  list_section(all, "breaker", settings.breaker, breaker_rules());
  list_section(all, "http", settings.http, http_rules());
  for (const CaSettings& ca : settings.cas) list_ca(all, ca);
  for (const TemplateSettings& t : settings.templates) {
    list_section(all, "template." + t.name, t, template_rules());
  }
  for (const ScepSettings& scep : settings.scep) {
    list_section(all, "scep." + scep.name, scep, scep_rules());
  }
  list_section(all, "registration", settings.registration, registration_rules());
  return all;
}

std::string to_ini(const Settings& settings) {
  std::string out;
  std::string section;
  for (const Setting& one : list_settings(settings)) {
    if (one.section != section) {
      out += (out.empty() ? "[" : "\n[") + one.section + "]\n";
      section = one.section;
    }
    out.append(one.key).append("=").append(one.value).append("\n");
  }
  return out;
}

}  // namespace certconnector::config
