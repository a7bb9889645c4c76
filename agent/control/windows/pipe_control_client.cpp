#include <windows.h>

#include <chrono>
#include <utility>

#include "agent/control/control_client.h"
#include "agent/control/stream_client.h"
#include "agent/control/transport_errors.h"
#include "agent/control/windows/agent_peer.h"
#include "agent/control/windows/pipe_name.h"
#include "agent/control/windows/pipe_stream.h"
#include "agent/platform/windows/account.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/service_account.h"
#include "agent/platform/windows/system_message.h"

namespace certconnector::control {

namespace {

// As many as the group has, who may not offer the pipe.
constexpr DWORD kRights = FILE_GENERIC_READ | FILE_WRITE_DATA;
// The server may learn who calls, and do nothing in that name.
constexpr DWORD kFlags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
// For a free end of the pipe. The agent makes the next as soon as a client has come.
constexpr std::chrono::seconds kPatience{5};
constexpr DWORD kWait = 200;  // milliseconds

Error connect_error(const std::string& path, DWORD code) {
  const std::string reason = platform::system_message(code);
  switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return {TransportErrc::not_running, ErrorKind::transient,
              "no agent answers on " + path + " (" + reason + ")"};
    case ERROR_ACCESS_DENIED:
      return {TransportErrc::not_permitted, ErrorKind::denied,
              "you may not use the agent's pipe " + path + " (" + reason + ")"};
    default:
      return {TransportErrc::failed, ErrorKind::transient,
              "cannot connect to " + path + ": " + reason};
  }
}

Result<platform::Handle> open_pipe(const std::wstring& name, const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    platform::Handle pipe(
        ::CreateFileW(name.c_str(), kRights, 0, nullptr, OPEN_EXISTING, kFlags, nullptr));
    if (pipe.valid()) return pipe;
    const DWORD code = ::GetLastError();
    if (code != ERROR_PIPE_BUSY || std::chrono::steady_clock::now() >= deadline) {
      return connect_error(path, code);
    }
    // All of its ends have a client. Where the wait fails, the next attempt says why.
    ::WaitNamedPipeW(name.c_str(), kWait);
  }
}

}  // namespace

Result<std::unique_ptr<ControlClient>> connect_control(const std::string& socket_path) {
  CC_TRY_ASSIGN(const std::wstring name, pipe_name(socket_path));
  CC_TRY_ASSIGN(platform::Handle pipe, open_pipe(name, socket_path));
  auto own = platform::own_account();
  if (!own) return connect_error(socket_path, ::GetLastError());
  CC_TRY(check_agent(pipe.get(), {std::move(*own), platform::service_account()}, socket_path));
  platform::Handle done = new_event();
  if (!done.valid()) return connect_error(socket_path, ::GetLastError());
  return client_over(std::make_unique<PipeStream>(std::move(pipe), std::move(done)));
}

}  // namespace certconnector::control
