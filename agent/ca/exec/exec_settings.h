#pragma once

#include <string>
#include <vector>

#include "agent/config/ca_options.h"
#include "common/time/clock.h"

namespace certconnector::ca {

// A [ca.NAME] section with backend=exec. Paths are absolute.
struct ExecSettings {
  std::string helper;            // the program
  std::string helper_arguments;  // with blanks between them; no secrets
  std::string certificate_file;  // PEM: the CA's certificate, then those up to the root
  Duration deadline{60000};      // of one call; a few of them fit into a claim (jobs/scheduler.h)
  bool find = false;             // the helper knows FIND

  // As config::CaOptions.
  void fill_paths(const std::string& folder);
  void check(const config::ComplainOfKey& complain) const;

  [[nodiscard]] std::vector<std::string> arguments() const;
};

// The keys of the section, but those that every backend has.
[[nodiscard]] const std::vector<config::Rule<ExecSettings>>& exec_rules();

}  // namespace certconnector::ca
