// The switches of a service that are off by default, with the risk of each.
#pragma once

#include <string_view>
#include <vector>

#include "agent/scep/service.h"

namespace certconnector::scep {

struct LegacySwitch {
  std::string_view name;  // of the setting
  bool on = false;
  bool insecure = false;
  std::string_view meaning;
};

[[nodiscard]] std::vector<LegacySwitch> legacy_switches(const ServiceSettings& settings);

}  // namespace certconnector::scep
