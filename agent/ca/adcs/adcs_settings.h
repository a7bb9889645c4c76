#pragma once

#include <string>
#include <vector>

#include "agent/config/ca_options.h"
#include "common/time/clock.h"

namespace certconnector::ca {

// A [ca.NAME] section with backend=adcs. Paths are absolute.
struct AdcsSettings {
  std::string config_string;     // HOST\COMMON NAME, as certutil -dump shows it
  std::string ca_templates;      // "TEMPLATE=NAME AT THE CA, ..."
  std::string certificate_file;  // PEM: the CA's certificate, then those up to the root
  Duration deadline{60000};      // of one call; a few of them fit into a claim

  // As config::CaOptions.
  void fill_paths(const std::string& folder);
  void check(const config::ComplainOfKey& complain) const;

  // The template's name at the CA: the same, where ca_templates names no other.
  [[nodiscard]] std::string name_at_ca(const std::string& template_name) const;
};

// The keys of the section, but those that every backend has.
[[nodiscard]] const std::vector<config::Rule<AdcsSettings>>& adcs_rules();

}  // namespace certconnector::ca
