#include "agent/control/windows/agent_peer.h"

#include <aclapi.h>

#include "agent/control/transport_errors.h"

namespace certconnector::control {

bool may_be_agent(const AgentRule& rule, const platform::Sid& owner) {
  return owner == platform::well_known(WinLocalSystemSid) ||
         owner == platform::well_known(WinBuiltinAdministratorsSid) || owner == rule.own_account ||
         (rule.service_account && owner == *rule.service_account);
}

Status check_agent(HANDLE pipe, const AgentRule& rule, const std::string& path) {
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR holds = nullptr;
  const DWORD failed = ::GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner,
                                         nullptr, nullptr, nullptr, &holds);
  const bool known = failed == ERROR_SUCCESS && owner != nullptr;
  const bool taken = known && may_be_agent(rule, platform::Sid(owner));
  const std::string who = known ? "user " + platform::account_name(owner) : "an unknown user";
  ::LocalFree(holds);
  if (taken) return {};
  return Error(TransportErrc::not_the_agent, ErrorKind::denied,
               who + " offers " + path +
                   ", but the agent runs as the system, as an administrator, "
                   "as the account of its service or as you; certconnector sent nothing");
}

}  // namespace certconnector::control
