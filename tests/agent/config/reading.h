// A configuration as the agent reads it, with the CA backends that it has.
#pragma once

#include <string_view>

#include "agent/app/ca_backends.h"
#include "agent/config/configuration.h"

namespace certconnector::config {

inline Reading read(std::string_view text) { return parse(text, ca::rules_of(app::ca_backends())); }

}  // namespace certconnector::config
