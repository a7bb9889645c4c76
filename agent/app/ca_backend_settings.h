#pragma once

#include <string>

#include "agent/ca/ca_factory.h"
#include "agent/config/settings.h"

namespace certconnector::app {

// A [ca.NAME] section with the templates that this CA offers, in the words of agent/ca.
[[nodiscard]] ca::CaBackendSettings ca_backend_settings(const config::CaSettings& section,
                                                        const config::Settings& settings);

// The template for the RA certificates of a SCEP service.
[[nodiscard]] std::string ra_template_name(const config::ScepSettings& scep);

}  // namespace certconnector::app
