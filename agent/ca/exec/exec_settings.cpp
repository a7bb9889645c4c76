#include "agent/ca/exec/exec_settings.h"

#include <sstream>

namespace certconnector::ca {

void ExecSettings::fill_paths(const std::string& folder) {
  if (certificate_file.empty()) certificate_file = folder + "/certificate.pem";
}

void ExecSettings::check(const config::ComplainOfKey& complain) const {
  if (helper.empty()) complain("helper", "is missing; name the helper program by its whole path");
}

std::vector<std::string> ExecSettings::arguments() const {
  std::istringstream words(helper_arguments);
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

const std::vector<config::Rule<ExecSettings>>& exec_rules() {
  using S = ExecSettings;
  using std::chrono::minutes;
  using std::chrono::seconds;
  static const std::vector<config::Rule<S>> rules{
      config::text_rule("helper", &S::helper, config::check_path),
      config::text_rule("helper_arguments", &S::helper_arguments, config::check_line),
      config::text_rule("certificate_file", &S::certificate_file, config::check_path),
      config::duration_rule("deadline", &S::deadline, seconds(1), minutes(2)),
      config::yes_no_rule("find", &S::find),
  };
  return rules;
}

}  // namespace certconnector::ca
