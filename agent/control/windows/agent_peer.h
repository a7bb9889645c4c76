// The accounts that the CLI takes for the agent. The CLI sends nothing to another account's program
// that offers the pipe: a request may hold a secret.
#pragma once

#include <windows.h>

#include <optional>
#include <string>

#include "agent/platform/windows/account.h"
#include "common/result/result.h"

namespace certconnector::control {

struct AgentRule {
  platform::Sid own_account;                     // the CLI's user may run an agent as well
  std::optional<platform::Sid> service_account;  // the service's; nothing: there is none here
};
// Takes the system and the administrators too: who is one of them has no need to cheat.
[[nodiscard]] bool may_be_agent(const AgentRule& rule, const platform::Sid& owner);

// Looks at the owner of the pipe that is open here. Error: not_the_agent.
[[nodiscard]] Status check_agent(HANDLE pipe, const AgentRule& rule, const std::string& path);

}  // namespace certconnector::control
