#include "agent/ca/adcs/adcs_settings.h"

#include <optional>

#include "agent/ca/adcs/request_attributes.h"

namespace certconnector::ca {
namespace {

struct Pair {
  std::string name;
  std::string at_ca;
};

std::optional<Pair> pair_of(const std::string& part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == part.size()) return std::nullopt;
  return Pair{part.substr(0, equals), part.substr(equals + 1)};
}

config::Complaint check_config_string(const std::string& value) {
  if (value.empty()) return std::nullopt;
  const std::size_t backslash = value.find('\\');
  const bool two_parts = backslash != std::string::npos && backslash != 0 &&
                         backslash + 1 < value.size() &&
                         value.find('\\', backslash + 1) == std::string::npos;
  if (two_parts && fits_attribute(value)) return config::check_line(value);
  return "must be HOST\\CA name, as certutil -dump shows it";
}

config::Complaint check_ca_templates(const std::string& value) {
  for (const std::string& part : config::split_list(value)) {
    const auto pair = pair_of(part);
    if (!pair || !fits_attribute(pair->at_ca)) {
      return "must be TEMPLATE=NAME AT THE CA, and more of them after commas";
    }
  }
  return std::nullopt;
}

}  // namespace

void AdcsSettings::fill_paths(const std::string& folder) {
  if (certificate_file.empty()) certificate_file = folder + "/certificate.pem";
}

void AdcsSettings::check(const config::ComplainOfKey& complain) const {
  if (config_string.empty()) {
    complain("config_string",
             "is missing; name the CA as HOST\\CA name, as certutil -dump shows it");
  }
}

std::string AdcsSettings::name_at_ca(const std::string& template_name) const {
  for (const std::string& part : config::split_list(ca_templates)) {
    const auto pair = pair_of(part);
    if (pair && pair->name == template_name) return pair->at_ca;
  }
  return template_name;
}

const std::vector<config::Rule<AdcsSettings>>& adcs_rules() {
  using S = AdcsSettings;
  using std::chrono::minutes;
  using std::chrono::seconds;
  static const std::vector<config::Rule<S>> rules{
      config::text_rule("config_string", &S::config_string, check_config_string),
      config::text_rule("ca_templates", &S::ca_templates, check_ca_templates),
      config::text_rule("certificate_file", &S::certificate_file, config::check_path),
      config::duration_rule("deadline", &S::deadline, seconds(1), minutes(2)),
  };
  return rules;
}

}  // namespace certconnector::ca
