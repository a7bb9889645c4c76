#pragma once

#include <string>
#include <vector>

#include "agent/ca/backend.h"
#include "agent/config/settings.h"

namespace certconnector::app {

// A [ca.NAME] section with the templates that this CA offers, in the words of agent/ca.
[[nodiscard]] ca::CaSection ca_section(const config::CaSettings& ca,
                                       const config::Settings& settings);

// RFC 4514: the names of the agent's RAs, whatever CA issues to them.
[[nodiscard]] std::vector<std::string> ra_names(const config::Settings& settings);

// The template for the RA certificates of a SCEP service.
[[nodiscard]] std::string ra_template_name(const config::ScepSettings& scep);

}  // namespace certconnector::app
