// The users that the CLI takes for the agent. The CLI sends nothing to another user's process that
// listens at the socket's path: a request may hold a secret.
#pragma once

#include <cstdint>
#include <optional>

namespace certconnector::control {

// The user that the package runs the agent as.
inline constexpr const char* kAgentUser = "certconnector";

struct AgentRule {
  std::uint32_t own_user = 0;               // the CLI's user may run an agent as well
  std::optional<std::uint32_t> agent_user;  // kAgentUser's; nothing: there is none here
};
[[nodiscard]] constexpr bool may_be_agent(const AgentRule& rule, std::uint32_t user) {
  return user == 0 || user == rule.own_user || (rule.agent_user && user == *rule.agent_user);
}

}  // namespace certconnector::control
