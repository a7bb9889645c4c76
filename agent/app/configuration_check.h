// Whether a configuration would start: more than its text can say.
#pragma once

#include <vector>

#include "agent/config/settings.h"
#include "common/result/error.h"

namespace certconnector::app {

// What is wrong with the files that `settings` name, an error for each; empty: nothing. Reads them
// as the start does, but for what comes later by itself: what `certconnector enroll` and
// `certconnector ca init` put in their places.
[[nodiscard]] std::vector<Error> unusable_files(const config::Settings& settings);

}  // namespace certconnector::app
