// The section [registration]: what no single key shows.
#pragma once

#include <string>
#include <vector>

#include "agent/config/scep_check.h"

namespace certconnector::config {

void check_registration(const Settings& settings, const Complain& complain);

// Sentences about settings that are no mistake and still deny more than a person may think, for
// --check-config and the log.
[[nodiscard]] std::vector<std::string> notes_on_registration(const Settings& settings);

}  // namespace certconnector::config
