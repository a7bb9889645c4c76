// Every key that there is, by section, with its kind and range: the one list behind the parser, the
// messages with the nearest name, and `config show`.
#pragma once

#include <vector>

#include "agent/config/settings.h"
#include "agent/config/values.h"

namespace certconnector::config {

template <typename Struct>
using Rules = std::vector<Rule<Struct>>;

[[nodiscard]] const Rules<AgentSettings>& agent_rules();
[[nodiscard]] const Rules<LogSettings>& log_rules();
[[nodiscard]] const Rules<ManagementSettings>& management_rules();
[[nodiscard]] const Rules<QueueSettings>& queue_rules();
[[nodiscard]] const Rules<RetrySettings>& retry_rules();
[[nodiscard]] const Rules<BreakerSettings>& breaker_rules();
[[nodiscard]] const Rules<HttpSettings>& http_rules();
// Those that every backend has, but `backend`, which says whose the others are.
[[nodiscard]] const Rules<CaSettings>& ca_rules();
[[nodiscard]] const Rules<TemplateSettings>& template_rules();
[[nodiscard]] const Rules<ScepSettings>& scep_rules();
[[nodiscard]] const Rules<RegistrationSettings>& registration_rules();

}  // namespace certconnector::config
