// Checks whether a configuration would start, beyond its text.
#pragma once

#include <string>
#include <vector>

#include "agent/config/settings.h"
#include "common/result/error.h"

namespace certconnector::app {

// One error for each unusable file that `settings` name; empty: none. Reads the files as the start
// does, except those that `certconnector enroll` and `certconnector ca init` make later.
[[nodiscard]] std::vector<Error> unusable_files(const config::Settings& settings);

// Sentences about CAs that start and still cannot issue all that `settings` offer.
[[nodiscard]] std::vector<std::string> notes_on_cas(const config::Settings& settings);

}  // namespace certconnector::app
