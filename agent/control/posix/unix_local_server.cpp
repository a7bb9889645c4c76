#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "agent/control/connection_threads.h"
#include "agent/control/local_server.h"
#include "agent/control/posix/socket_file.h"
#include "agent/control/posix/socket_stream.h"
#include "agent/control/posix/unix_address.h"
#include "agent/control/transport_errors.h"
#include "agent/platform/posix/file_descriptor.h"

namespace certconnector::control {

namespace {

// Without descriptors accept() fails at once every time: wait until others close theirs.
constexpr int kPauseWhenExhausted = 1000;

// A pipe: closing its writing end wakes every thread that polls the reading end.
class StopPipe {
 public:
  [[nodiscard]] static Result<StopPipe> open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      return Error(TransportErrc::failed, ErrorKind::transient,
                   "pipe: " + std::generic_category().message(errno));
    }
    return StopPipe(platform::FileDescriptor(ends[0]), platform::FileDescriptor(ends[1]));
  }
  void stop() { write_.reset(); }
  [[nodiscard]] int fd() const { return read_.get(); }

 private:
  StopPipe(platform::FileDescriptor read, platform::FileDescriptor write)
      : read_(std::move(read)), write_(std::move(write)) {}

  platform::FileDescriptor read_, write_;
};

class UnixLocalServer final : public LocalServer {
 public:
  UnixLocalServer(ServerOptions options, RequestHandler& handler, PeerCheck& peers,
                  log::Logger& logger, platform::FileDescriptor listener, StopPipe stop)
      : options_(std::move(options)),
        parts_{options_, handler, peers, logger},
        listener_(std::move(listener)),
        stop_(std::move(stop)),
        connections_(std::make_unique<ConnectionThreads>(parts_)),
        acceptor_([this] { accept_all(); }) {}

  ~UnixLocalServer() override {
    stop_.stop();
    acceptor_.join();
    connections_.reset();
    ::unlink(options_.socket_path.c_str());
  }
  UnixLocalServer(const UnixLocalServer&) = delete;
  UnixLocalServer& operator=(const UnixLocalServer&) = delete;

 private:
  void accept_all() {
    while (wait_for_peer()) {
      platform::FileDescriptor peer(
          ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (peer.valid()) {
        connections_->take(std::make_unique<SocketStream>(std::move(peer), stop_.fd()));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        parts_.logger.warning("control.exhausted",
                              "no file descriptor is left for a connection to the control socket; "
                              "raise LimitNOFILE of the service if this goes on");
        pollfd stop{stop_.fd(), POLLIN, 0};
        ::poll(&stop, 1, kPauseWhenExhausted);
      }
    }
  }

  // False: the server stops.
  bool wait_for_peer() {
    while (true) {
      std::array<pollfd, 2> watched{{{listener_.get(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}}};
      const int ready = ::poll(watched.data(), watched.size(), -1);
      if (ready > 0) return watched[1].revents == 0;
    }
  }

  const ServerOptions options_;
  const ServerParts parts_;
  platform::FileDescriptor listener_;
  StopPipe stop_;
  std::unique_ptr<ConnectionThreads> connections_;
  std::thread acceptor_;
};

}  // namespace

Status check_socket_path(const std::string& path) {
  CC_TRY(unix_address(path));
  return check_no_other_file(path);
}

Result<std::unique_ptr<LocalServer>> start_local_server(const ServerOptions& options,
                                                        RequestHandler& handler, PeerCheck& peers,
                                                        log::Logger& logger) {
  CC_TRY_ASSIGN(StopPipe stop, StopPipe::open());
  CC_TRY_ASSIGN(platform::FileDescriptor listener,
                listen_on(options.socket_path, options.group, logger));
  return std::unique_ptr<LocalServer>(std::make_unique<UnixLocalServer>(
      options, handler, peers, logger, std::move(listener), std::move(stop)));
}

}  // namespace certconnector::control
