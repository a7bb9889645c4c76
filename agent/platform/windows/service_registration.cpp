#include "agent/platform/windows/service_registration.h"

#include <windows.h>

#include <algorithm>
#include <array>

#include "agent/platform/errors.h"
#include "agent/platform/windows/command_line.h"
#include "agent/platform/windows/data_folders.h"
#include "agent/platform/windows/event_log.h"
#include "agent/platform/windows/service_handle.h"
#include "agent/platform/windows/service_name.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

constexpr const wchar_t* kDisplayName = L"Certificate Connector";
constexpr DWORD kShutdown = 60 * 1000;
constexpr DWORD kPatience = 120 * 1000;
constexpr DWORD kBetweenLooks = 200;

Error failed(const std::string& doing) {
  const DWORD code = ::GetLastError();
  Error error = system_error(code, doing);
  if (code != ERROR_ACCESS_DENIED) return error;
  return {
      PlatformErrc::not_permitted, error.kind(),
      error.message() + "; run this in a console that was opened with \"Run as administrator\""};
}

Result<ServiceHandle> open_manager(DWORD rights) {
  ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, rights));
  if (!manager) return failed("reach the service control manager");
  return manager;
}

std::wstring account_of(const ServiceSetUp& set_up) {
  return set_up.account.empty() ? std::wstring(kServiceAccount) : wide(set_up.account);
}

// Quoted: in "C:\Program Files\..." the system would else look for C:\Program.exe first.
std::wstring image_of(const ServiceSetUp& set_up) {
  std::string program = set_up.program;
  std::replace(program.begin(), program.end(), '/', '\\');
  return command_line(program, {"--service", "--config", set_up.configuration_file});
}

Result<ServiceHandle> enter(SC_HANDLE manager, const ServiceSetUp& set_up) {
  const std::wstring image = image_of(set_up);
  const std::wstring account = account_of(set_up);
  const std::wstring password = wide(set_up.password);
  const wchar_t* secret = password.empty() ? nullptr : password.c_str();
  ServiceHandle service(::CreateServiceW(manager, kServiceName, kDisplayName, SERVICE_ALL_ACCESS,
                                         SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                         SERVICE_ERROR_NORMAL, image.c_str(), nullptr, nullptr,
                                         nullptr, account.c_str(), secret));
  if (service) return service;
  if (::GetLastError() != ERROR_SERVICE_EXISTS) return failed("enter the service");
  service.reset(::OpenServiceW(manager, kServiceName, SERVICE_ALL_ACCESS));
  if (!service ||
      ::ChangeServiceConfigW(service.get(), SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                             SERVICE_ERROR_NORMAL, image.c_str(), nullptr, nullptr, nullptr,
                             account.c_str(), secret, kDisplayName) == 0) {
    return failed("change the service");
  }
  return service;
}

Status configure(SC_HANDLE service, DWORD what, void* value, const std::string& doing) {
  if (::ChangeServiceConfig2W(service, what, value) != 0) return {};
  // An older system, or Wine, lacks it.
  if (::GetLastError() == ERROR_INVALID_LEVEL || ::GetLastError() == ERROR_CALL_NOT_IMPLEMENTED) {
    return {};
  }
  return failed(doing);
}

// The last one is that of each further failure: what does not pass by itself does no harm by it.
Status set_recovery(SC_HANDLE service) {
  std::array<SC_ACTION, 3> actions{{{SC_ACTION_RESTART, 5 * 1000},
                                    {SC_ACTION_RESTART, 60 * 1000},
                                    {SC_ACTION_RESTART, 10 * 60 * 1000}}};
  SERVICE_FAILURE_ACTIONSW recovery{};
  recovery.dwResetPeriod = 3600;
  recovery.cActions = static_cast<DWORD>(actions.size());
  recovery.lpsaActions = actions.data();
  CC_TRY(configure(service, SERVICE_CONFIG_FAILURE_ACTIONS, &recovery, "set the recovery"));
  SERVICE_FAILURE_ACTIONS_FLAG flag{TRUE};
  return configure(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag, "set the recovery");
}

Status describe(SC_HANDLE service) {
  std::wstring text =
      L"Fetches certificate jobs from a management endpoint, runs them against the certificate "
      L"authorities of this network, and answers devices by SCEP.";
  SERVICE_DESCRIPTIONW description{text.data()};
  CC_TRY(configure(service, SERVICE_CONFIG_DESCRIPTION, &description, "describe the service"));
  SERVICE_DELAYED_AUTO_START_INFO delayed{TRUE};
  CC_TRY(configure(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed, "delay the start"));
  SERVICE_PRESHUTDOWN_INFO shutdown{kShutdown};
  CC_TRY(configure(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, &shutdown, "set the time to stop"));
  // Its folders are open to the service, whatever its account is.
  SERVICE_SID_INFO sid{SERVICE_SID_TYPE_UNRESTRICTED};
  return configure(service, SERVICE_CONFIG_SERVICE_SID_INFO, &sid,
                   "give the service its identifier");
}

bool is_stopped(SC_HANDLE service) {
  SERVICE_STATUS status{};
  return ::QueryServiceStatus(service, &status) == 0 || status.dwCurrentState == SERVICE_STOPPED;
}

// Asks again: a service that starts takes no control.
Status stop(SC_HANDLE service) {
  for (DWORD waited = 0; !is_stopped(service); waited += kBetweenLooks) {
    SERVICE_STATUS status{};
    if (::ControlService(service, SERVICE_CONTROL_STOP, &status) == 0 &&
        ::GetLastError() == ERROR_ACCESS_DENIED) {
      return failed("stop the service");
    }
    if (waited >= kPatience) {
      return Error(PlatformErrc::busy, ErrorKind::transient,
                   "the service does not stop; end certconnectord.exe in the Task Manager");
    }
    ::Sleep(kBetweenLooks);
  }
  return {};
}

}  // namespace

Status install_service(const ServiceSetUp& set_up) {
  CC_TRY_ASSIGN(const ServiceHandle manager,
                open_manager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE));
  CC_TRY(make_data_folders());
  CC_TRY(register_event_source(kServiceName, set_up.program));
  CC_TRY_ASSIGN(const ServiceHandle service, enter(manager.get(), set_up));
  CC_TRY(describe(service.get()));
  return set_recovery(service.get());
}

Status uninstall_service() {
  CC_TRY_ASSIGN(const ServiceHandle manager, open_manager(SC_MANAGER_CONNECT));
  const ServiceHandle service(
      ::OpenServiceW(manager.get(), kServiceName, SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE));
  if (!service && ::GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST) {
    return Error(PlatformErrc::not_found, ErrorKind::permanent,
                 "there is no service " + narrow(kServiceName));
  }
  if (!service) return failed("open the service");
  CC_TRY(stop(service.get()));
  if (::DeleteService(service.get()) == 0) return failed("remove the service");
  return remove_event_source(kServiceName);
}

}  // namespace certconnector::platform
