// This process as a service of Windows.
#pragma once

#include <windows.h>

#include <functional>

#include "agent/platform/service_controls.h"
#include "agent/platform/service_manager.h"
#include "agent/platform/windows/queued_controls.h"
#include "agent/platform/windows/scm_manager.h"
#include "common/result/result.h"

namespace certconnector::platform {

// `sc control CertificateConnector 128` has the agent read its configuration again, as
// SERVICE_CONTROL_PARAMCHANGE does.
inline constexpr DWORD kReloadControl = 128;

// Passes a control of the manager on to the agent; answers as HandlerEx does.
[[nodiscard]] DWORD on_service_control(DWORD control, QueuedControls& controls,
                                       const ScmManager& manager);

using ServiceWork = std::function<int(ServiceControls&, const ServiceManager&)>;
// Tells the service control manager that it starts, does the work, tells the end, and gives the
// work's exit code. Call it from the main thread, once. Error: not_permitted, where the manager has
// not started this process.
[[nodiscard]] Result<int> run_as_service(const ServiceWork& work);

}  // namespace certconnector::platform
