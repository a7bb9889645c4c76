#include "agent/control/windows/agent_peer.h"

#include <aclapi.h>
#include <winsvc.h>

#include <memory>
#include <vector>

#include "agent/control/transport_errors.h"
#include "agent/platform/windows/service_name.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::control {

namespace {

struct CloseService {
  void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
using Service = std::unique_ptr<SC_HANDLE__, CloseService>;

// "LocalSystem" is one of those that are taken anyway.
std::wstring account_of(SC_HANDLE service) {
  DWORD size = 0;
  ::QueryServiceConfigW(service, nullptr, 0, &size);
  std::vector<QUERY_SERVICE_CONFIGW> room(size / sizeof(QUERY_SERVICE_CONFIGW) + 1);
  size = static_cast<DWORD>(room.size() * sizeof(QUERY_SERVICE_CONFIGW));
  if (::QueryServiceConfigW(service, room.data(), size, &size) == 0) return {};
  const wchar_t* name = room.front().lpServiceStartName;
  return name == nullptr ? std::wstring() : std::wstring(name);
}

}  // namespace

bool may_be_agent(const AgentRule& rule, const platform::Sid& owner) {
  return owner == platform::well_known(WinLocalSystemSid) ||
         owner == platform::well_known(WinBuiltinAdministratorsSid) || owner == rule.own_account ||
         (rule.service_account && owner == *rule.service_account);
}

std::optional<platform::Sid> service_account() {
  const Service manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  if (!manager) return std::nullopt;
  const Service service(
      ::OpenServiceW(manager.get(), platform::kServiceName, SERVICE_QUERY_CONFIG));
  if (!service) return std::nullopt;
  return platform::find_account(account_of(service.get()), platform::AccountKind::account);
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
