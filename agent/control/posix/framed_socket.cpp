#include "agent/control/posix/framed_socket.h"

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

constexpr std::size_t kReadSize = std::size_t{16} * 1024;

Error system_error(std::string_view doing, int code) {
  return Error(TransportErrc::failed, ErrorKind::transient, std::generic_category().message(code))
      .with_context(doing);
}

int milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  // Rounded up: else poll() would return many times just before the deadline.
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(
      std::clamp<milliseconds::rep>(left.count(), 0, std::numeric_limits<int>::max()));
}

}  // namespace

FramedSocket::FramedSocket(platform::FileDescriptor socket, int stop_fd)
    : socket_(std::move(socket)), stop_fd_(stop_fd) {}

Status FramedSocket::wait(short events, Deadline deadline) const {
  while (true) {
    // poll() ignores a negative descriptor.
    std::array<pollfd, 2> watched{{{socket_.get(), events, 0}, {stop_fd_, POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
    if (ready < 0 && errno != EINTR) return system_error("poll", errno);
    if (ready > 0 && watched[1].revents != 0) {
      return Error(TransportErrc::stopped, ErrorKind::transient, "shutting down");
    }
    if (ready > 0) return {};
    if (ready == 0) {
      return Error(TransportErrc::timed_out, ErrorKind::transient,
                   "the other side of the control socket was silent for too long");
    }
  }
}

Result<std::size_t> FramedSocket::receive(Deadline deadline) {
  std::array<char, kReadSize> octets{};
  while (true) {
    CC_TRY(wait(POLLIN, deadline));
    const ssize_t count = ::recv(socket_.get(), octets.data(), octets.size(), 0);
    if (count >= 0) {
      const auto size = static_cast<std::size_t>(count);
      CC_TRY(decoder_.feed({octets.data(), size}));
      return size;
    }
    if (errno == ECONNRESET) return std::size_t{0};
    if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
      return system_error("recv", errno);
    }
  }
}

Result<std::optional<std::string>> FramedSocket::read(Duration first, Duration rest) {
  Deadline deadline = std::chrono::steady_clock::now() + (decoder_.in_frame() ? rest : first);
  while (true) {
    if (auto payload = decoder_.next()) return payload;
    const bool had_begun = decoder_.in_frame();
    CC_TRY_ASSIGN(const std::size_t count, receive(deadline));
    if (count == 0 && had_begun) {
      return Error(TransportErrc::closed, ErrorKind::transient,
                   "the other side hung up in the middle of a message");
    }
    if (count == 0) return std::optional<std::string>{};
    if (!had_begun) deadline = std::chrono::steady_clock::now() + rest;
  }
}

Status FramedSocket::write(std::string_view payload, Duration limit) {
  CC_TRY_ASSIGN(const std::string frame, control_proto::encode_frame(payload));
  const Deadline deadline = std::chrono::steady_clock::now() + limit;
  std::string_view left = frame;
  while (!left.empty()) {
    const ssize_t count = ::send(socket_.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      left.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      CC_TRY(wait(POLLOUT, deadline));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return Error(TransportErrc::closed, ErrorKind::transient, "the other side hung up");
    } else if (errno != EINTR) {
      return system_error("send", errno);
    }
  }
  return {};
}

}  // namespace certconnector::control
