// The [scep.NAME] sections: what follows from other sections, and what no single key shows.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/config/settings.h"

namespace certconnector::config {

// A template that a service names for requests of devices.
struct ServiceTemplate {
  std::string name;
  std::string oid;      // empty: not set
  std::string oid_key;  // that takes it: "template_oid"
};
[[nodiscard]] std::vector<ServiceTemplate> templates_named(const ScepSettings& scep);

// Names that the file leaves out because there is only one choice.
void fill_scep(Settings& settings);

using Complain = std::function<void(const std::string& section, const std::string& key,
                                    const std::string& text)>;
void check_scep(const Settings& settings, const Complain& complain);

}  // namespace certconnector::config
