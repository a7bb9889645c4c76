#include <windows.h>

#include <mutex>

#include "agent/platform/service_controls.h"
#include "agent/platform/windows/queued_controls.h"
#include "agent/platform/windows/system_error.h"

namespace certconnector::platform {
namespace {

class ConsoleControls final : public QueuedControls {
 public:
  ConsoleControls() = default;
  ~ConsoleControls() override;
  ConsoleControls(const ConsoleControls&) = delete;
  ConsoleControls& operator=(const ConsoleControls&) = delete;
};

// The handler has no argument of ours. Guards: the handler runs on a thread of the system's.
std::mutex g_mutex;
ConsoleControls* g_controls = nullptr;

BOOL WINAPI on_console_event(DWORD event) {
  {
    const std::lock_guard lock(g_mutex);
    if (g_controls == nullptr) return FALSE;
    g_controls->stop();
  }
  // After these the system ends the process as soon as the handler returns. It ends by itself.
  if (event == CTRL_CLOSE_EVENT || event == CTRL_LOGOFF_EVENT || event == CTRL_SHUTDOWN_EVENT) {
    ::Sleep(INFINITE);
  }
  return TRUE;
}

ConsoleControls::~ConsoleControls() {
  ::SetConsoleCtrlHandler(on_console_event, FALSE);
  const std::lock_guard lock(g_mutex);
  g_controls = nullptr;
}

}  // namespace

Result<std::unique_ptr<ServiceControls>> signal_controls() {
  auto controls = std::make_unique<ConsoleControls>();
  {
    const std::lock_guard lock(g_mutex);
    g_controls = controls.get();
  }
  if (::SetConsoleCtrlHandler(on_console_event, TRUE) == 0) {
    return system_error(::GetLastError(), "watch for Ctrl-C");
  }
  return std::unique_ptr<ServiceControls>(std::move(controls));
}

}  // namespace certconnector::platform
