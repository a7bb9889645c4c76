#include "agent/control/posix/socket_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

#include "agent/control/transport_errors.h"

namespace certconnector::control {

namespace {

Error system_error(std::string_view doing, int code) {
  return Error(TransportErrc::failed, ErrorKind::transient, std::generic_category().message(code))
      .with_context(doing);
}

int milliseconds_until(OctetStream::Deadline deadline) {
  using std::chrono::milliseconds;
  // Rounded up: else poll() would return many times just before the deadline.
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(
      std::clamp<milliseconds::rep>(left.count(), 0, std::numeric_limits<int>::max()));
}

}  // namespace

Status SocketStream::wait(short events, Deadline deadline) const {
  while (true) {
    // poll() ignores a negative descriptor.
    std::array<pollfd, 2> watched{{{socket_.get(), events, 0}, {stop_fd_, POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
    if (ready < 0 && errno != EINTR) return system_error("poll", errno);
    if (ready > 0 && watched[1].revents != 0) return stopped();
    if (ready > 0) return {};
    if (ready == 0) return silent();
  }
}

Result<std::size_t> SocketStream::receive(char* octets, std::size_t size, Deadline deadline) {
  while (true) {
    CC_TRY(wait(POLLIN, deadline));
    const ssize_t count = ::recv(socket_.get(), octets, size, 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == ECONNRESET) return std::size_t{0};
    if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
      return system_error("recv", errno);
    }
  }
}

Result<std::size_t> SocketStream::send(std::string_view octets, Deadline deadline) {
  while (true) {
    const ssize_t count = ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      CC_TRY(wait(POLLOUT, deadline));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return hung_up();
    } else if (errno != EINTR) {
      return system_error("send", errno);
    }
  }
}

}  // namespace certconnector::control
