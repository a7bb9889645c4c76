#pragma once

#include <string>
#include <vector>

#include "agent/config/settings.h"

namespace certconnector::app {

// The keys whose values differ, in the order of the file: "[log] level". A section that only one
// has stands for all its keys: "[ca.second]".
[[nodiscard]] std::vector<std::string> setting_changes(const config::Settings& before,
                                                       const config::Settings& after);

}  // namespace certconnector::app
