#include "agent/platform/windows/scm_manager.h"

#include <algorithm>
#include <chrono>

namespace certconnector::platform {
namespace {

using std::chrono::seconds;

// How long the manager waits for the next message, until the agent asks for more.
constexpr seconds kHint{30};
constexpr DWORD kControls =
    SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE;

bool is_pending(const SERVICE_STATUS& status) {
  return status.dwCurrentState == SERVICE_START_PENDING ||
         status.dwCurrentState == SERVICE_STOP_PENDING;
}

}  // namespace

void ScmManager::starting() const { pending(SERVICE_START_PENDING, kHint); }

void ScmManager::ready(std::string_view) const {
  const std::lock_guard lock(mutex_);
  if (status_.dwCurrentState != SERVICE_START_PENDING) return;
  status_ = {SERVICE_WIN32_OWN_PROCESS, SERVICE_RUNNING, kControls, 0, 0, 0, 0};
  report_(status_);
}

void ScmManager::stopping() const { pending(SERVICE_STOP_PENDING, kHint); }

void ScmManager::extend_timeout(Duration more) const {
  DWORD state = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!is_pending(status_)) return;
    state = status_.dwCurrentState;
  }
  pending(state, more);
}

void ScmManager::pending(DWORD state, Duration hint) const {
  const std::lock_guard lock(mutex_);
  if (status_.dwCurrentState == SERVICE_STOPPED) return;
  const DWORD before = status_.dwCurrentState == state ? status_.dwCheckPoint : 0;
  const auto most = std::clamp<Duration::rep>(hint.count(), 0, 24 * 3600 * 1000);
  status_ = {SERVICE_WIN32_OWN_PROCESS, state, 0, 0, 0, before + 1, static_cast<DWORD>(most)};
  report_(status_);
}

// A manager that waits wants to see that the agent goes on.
void ScmManager::alive() const {
  const std::lock_guard lock(mutex_);
  if (!is_pending(status_)) return;
  ++status_.dwCheckPoint;
  report_(status_);
}

void ScmManager::ended(int exit_code) const {
  const std::lock_guard lock(mutex_);
  if (status_.dwCurrentState == SERVICE_STOPPED) return;
  status_ = {SERVICE_WIN32_OWN_PROCESS, SERVICE_STOPPED, 0, 0, 0, 0, 0};
  if (exit_code != 0) {
    status_.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
    status_.dwServiceSpecificExitCode = static_cast<DWORD>(exit_code);
  }
  report_(status_);
}

void ScmManager::repeat() const {
  const std::lock_guard lock(mutex_);
  report_(status_);
}

}  // namespace certconnector::platform
