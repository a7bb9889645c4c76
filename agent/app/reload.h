#pragma once

#include <string>
#include <vector>

#include "agent/app/agent.h"
#include "agent/app/http_module.h"
#include "agent/app/ndes_module.h"
#include "agent/app/scep_module.h"
#include "agent/app/status_service.h"
#include "agent/config/settings.h"
#include "agent/control/reload_operations.h"
#include "common/log/spdlog_logger.h"

namespace certconnector::app {

// The parts that take up another configuration. All outlive the reload.
struct ReloadParts {
  Agent& agent;
  ScepModule& scep;
  NdesModule& registration;
  HttpModule& http;
  const StatusService& status;
  const Clock& clock;
  log::SpdlogLogger& logger;
};

// Reads the configuration again. A wrong one changes nothing. A setting that needs a restart keeps
// its old value. Says all of it in the log as well. `earlier`: what reloads before this one broke.
[[nodiscard]] control::ReloadView reload_configuration(
    const ReloadParts& parts, const std::string& file,
    const std::vector<core::HealthFinding>& earlier);

// The findings after a reload that were not there before it, or that an earlier one brought.
// `before`, `after`: all findings then.
[[nodiscard]] std::vector<core::HealthFinding> broken_by_reloads(
    const std::vector<core::HealthFinding>& before, const std::vector<core::HealthFinding>& earlier,
    std::vector<core::HealthFinding> after);

// Whether what the finding is about begins anew with these settings, and is not broken by the
// reload: a service that is new or has another CA gets its RA certificate within seconds, a person
// sets up a new CA after its section, and the endpoint was not asked yet with its new settings.
// `changed`:
// "[section] key", "[section]" for one that is new.
[[nodiscard]] bool begins_anew(const core::HealthFinding& finding,
                               const std::vector<std::string>& changed);

// Puts the old values of the settings that need a restart into `next`. Returns the names of those
// that differed ("[agent] socket").
std::vector<std::string> keep_fixed_settings(const config::Settings& now, config::Settings& next);

}  // namespace certconnector::app
