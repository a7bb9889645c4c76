// The [scep.NAME] sections: what follows from other sections, and what no single key shows.
#pragma once

#include <functional>
#include <string>

#include "agent/config/settings.h"

namespace certconnector::config {

// Names that the file leaves out because there is only one choice.
void fill_scep(Settings& settings);

using Complain = std::function<void(const std::string& section, const std::string& key,
                                    const std::string& text)>;
void check_scep(const Settings& settings, const Complain& complain);

}  // namespace certconnector::config
