#include "agent/config/configuration.h"
#include "agent/config/rules.h"

namespace certconnector::config {
namespace {

template <typename Struct>
void write_section(std::string& out, const std::string& name, const Struct& values,
                   const Rules<Struct>& rules) {
  out += (out.empty() ? "[" : "\n[") + name + "]\n";
  for (const auto& rule : rules) out += rule.name + "=" + rule.write(values) + "\n";
}

void write_ca(std::string& out, const CaSettings& ca) {
  out += "\n[ca." + ca.name + "]\nbackend=" + ca.backend + "\n";
  for (const auto& rule : ca_rules()) out += rule.name + "=" + rule.write(ca) + "\n";
  for (const std::string& key : ca.options->keys()) {
    out.append(key).append("=").append(ca.options->get(key)).append("\n");
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

std::string to_ini(const Settings& settings) {
  std::string out;
  write_section(out, "agent", settings.agent, agent_rules());
  write_section(out, "log", settings.log, log_rules());
  write_section(out, "management", settings.management, management_rules());
  write_section(out, "queue", settings.queue, queue_rules());
  write_section(out, "retry", settings.retry, retry_rules());
  write_section(out, "breaker", settings.breaker, breaker_rules());
  write_section(out, "http", settings.http, http_rules());
  for (const CaSettings& ca : settings.cas) write_ca(out, ca);
  for (const TemplateSettings& t : settings.templates) {
    write_section(out, "template." + t.name, t, template_rules());
  }
  for (const ScepSettings& scep : settings.scep) {
    write_section(out, "scep." + scep.name, scep, scep_rules());
  }
  write_section(out, "registration", settings.registration, registration_rules());
  return out;
}

}  // namespace certconnector::config
