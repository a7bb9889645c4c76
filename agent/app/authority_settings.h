#pragma once

#include "agent/ca/authority_factory.h"
#include "agent/config/settings.h"

namespace certconnector::app {

// A [ca.NAME] section with the templates that this CA offers, in the words of agent/ca.
[[nodiscard]] ca::AuthoritySettings authority_settings(const config::CaSettings& section,
                                                       const config::Settings& settings);

}  // namespace certconnector::app
