#include "agent/platform/windows/service_process.h"

#include "agent/platform/errors.h"
#include "agent/platform/windows/access.h"
#include "agent/platform/windows/service_name.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

// The functions that the system calls get no argument of ours at their first call.
struct Running {
  const ServiceWork* work = nullptr;
  int exit_code = 0;
};
Running g_running;

struct Parts {
  QueuedControls& controls;
  const ScmManager& manager;
};

DWORD WINAPI on_control(DWORD control, DWORD event, void* data, void* context) {
  static_cast<void>(event);
  static_cast<void>(data);
  const auto& parts = *static_cast<Parts*>(context);
  return on_service_control(control, parts.controls, parts.manager);
}

void WINAPI service_main(DWORD count, wchar_t** arguments) {
  static_cast<void>(count);
  static_cast<void>(arguments);
  // The manager may send its last control while the work ends: they live as long as the process.
  static SERVICE_STATUS_HANDLE handle = nullptr;
  static QueuedControls controls;
  static const ScmManager manager(
      [](SERVICE_STATUS status) { ::SetServiceStatus(handle, &status); });
  static Parts parts{controls, manager};
  handle = ::RegisterServiceCtrlHandlerExW(kServiceName, on_control, &parts);
  if (handle == nullptr) return;
  manager.starting();
  g_running.exit_code = (*g_running.work)(controls, manager);
  manager.ended(g_running.exit_code);
}

}  // namespace

DWORD on_service_control(DWORD control, QueuedControls& controls, const ScmManager& manager) {
  switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_PRESHUTDOWN:
      manager.stopping();
      controls.stop();
      return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE:
    case kReloadControl:
      controls.reload();
      return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
      manager.repeat();
      return NO_ERROR;
    default:
      return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

Result<int> run_as_service(const ServiceWork& work) {
  act_as_the_service();
  g_running.work = &work;
  std::wstring name = kServiceName;
  const SERVICE_TABLE_ENTRYW table[] = {{name.data(), service_main}, {nullptr, nullptr}};
  if (::StartServiceCtrlDispatcherW(table) != 0) return g_running.exit_code;
  const DWORD code = ::GetLastError();
  if (code != ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
    return system_error(code, "reach the service control manager");
  }
  return Error(
      PlatformErrc::not_permitted, ErrorKind::permanent,
      "--service is for the service control manager; run: sc start " + narrow(kServiceName));
}

}  // namespace certconnector::platform
