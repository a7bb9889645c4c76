#include <windows.h>

#include <array>
#include <memory>
#include <thread>
#include <utility>

#include "agent/control/connection_threads.h"
#include "agent/control/local_server.h"
#include "agent/control/transport_errors.h"
#include "agent/control/windows/pipe_instance.h"
#include "agent/control/windows/pipe_name.h"
#include "agent/control/windows/pipe_stream.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/system_message.h"

namespace certconnector::control {

namespace {

// Without memory the next end of the pipe fails at once every time: wait until others end.
constexpr DWORD kPauseWhenExhausted = 1000;

struct Pipe {
  std::wstring name;
  std::wstring users;
  platform::Handle waiting;  // for the next client; while it is there, nobody else takes the name
};

class PipeLocalServer final : public LocalServer {
 public:
  PipeLocalServer(ServerOptions options, const ServerParts& parts, Pipe pipe, platform::Handle stop)
      : options_(std::move(options)),
        parts_{options_, parts.handler, parts.peers, parts.logger},
        pipe_(std::move(pipe)),
        stop_(std::move(stop)),
        connections_(std::make_unique<ConnectionThreads>(parts_)),
        acceptor_([this] { accept_all(); }) {}

  ~PipeLocalServer() override {
    ::SetEvent(stop_.get());
    acceptor_.join();
    connections_.reset();
  }
  PipeLocalServer(const PipeLocalServer&) = delete;
  PipeLocalServer& operator=(const PipeLocalServer&) = delete;

 private:
  void accept_all() {
    while (wait_for_client()) {
      auto next = next_instance();
      if (!next.valid()) return;
      serve(std::exchange(pipe_.waiting, std::move(next)));
    }
  }

  // False: the server stops.
  bool wait_for_client() {
    const platform::Handle done = new_event();
    OVERLAPPED call{};
    call.hEvent = done.get();
    if (::ConnectNamedPipe(pipe_.waiting.get(), &call) != 0) return true;
    const DWORD code = ::GetLastError();
    // ERROR_NO_DATA: it has come and gone.
    if (code == ERROR_PIPE_CONNECTED || code == ERROR_NO_DATA) return true;
    if (code != ERROR_IO_PENDING) return pause(code);
    const std::array<HANDLE, 2> watched{stop_.get(), call.hEvent};
    const DWORD ready = ::WaitForMultipleObjects(2, watched.data(), FALSE, INFINITE);
    if (ready == WAIT_OBJECT_0 + 1) return true;
    ::CancelIoEx(pipe_.waiting.get(), &call);
    DWORD none = 0;
    ::GetOverlappedResult(pipe_.waiting.get(), &call, &none, TRUE);
    return false;
  }

  // Before the client is served: the name always has an end of ours, which no other program can
  // then offer. Invalid: the server stops.
  platform::Handle next_instance() {
    while (true) {
      auto next = new_instance(pipe_.name, pipe_.users, Instance::another);
      if (next.ok()) return std::move(*next);
      if (!pause_after(next.error().message())) return {};
    }
  }

  void serve(platform::Handle pipe) {
    platform::Handle done = new_event();
    if (!done.valid()) {
      pause(::GetLastError());
      return;
    }
    connections_->take(std::make_unique<PipeStream>(std::move(pipe), std::move(done), stop_.get()));
  }

  bool pause(DWORD code) { return pause_after(platform::system_message(code)); }

  // False: the server stops.
  bool pause_after(const std::string& reason) {
    parts_.logger.warning("control.exhausted",
                          "the system gives no more connections to the control pipe",
                          {{"reason", reason}});
    return ::WaitForSingleObject(stop_.get(), kPauseWhenExhausted) == WAIT_TIMEOUT;
  }

  const ServerOptions options_;
  const ServerParts parts_;
  Pipe pipe_;
  platform::Handle stop_;
  std::unique_ptr<ConnectionThreads> connections_;
  std::thread acceptor_;
};

}  // namespace

Status check_socket_path(const std::string& path) {
  const auto name = pipe_name(path);
  return name.ok() ? Status() : Status(name.error());
}

Result<std::unique_ptr<LocalServer>> start_local_server(const ServerOptions& options,
                                                        RequestHandler& handler, PeerCheck& peers,
                                                        log::Logger& logger) {
  Pipe pipe;
  CC_TRY_ASSIGN(pipe.name, pipe_name(options.socket_path));
  CC_TRY_ASSIGN(pipe.users, pipe_users(options, logger));
  CC_TRY_ASSIGN(pipe.waiting, new_instance(pipe.name, pipe.users, Instance::first));
  platform::Handle stop = new_event();
  if (!stop.valid()) {
    return Error(TransportErrc::failed, ErrorKind::transient,
                 platform::system_message(::GetLastError()));
  }
  return std::unique_ptr<LocalServer>(std::make_unique<PipeLocalServer>(
      options, ServerParts{options, handler, peers, logger}, std::move(pipe), std::move(stop)));
}

}  // namespace certconnector::control
