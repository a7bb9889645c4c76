#include "tests/support/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>

namespace certconnector::testing {
namespace {

std::string receive(int fd, int flags) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), flags);
  return count < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(count));
}

}  // namespace

NotifySocket::NotifySocket(const std::string& name)
    : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(&address.sun_path[0], name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  bound_ = ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length) == 0;
}

NotifySocket::~NotifySocket() { ::close(fd_); }

std::string NotifySocket::received() const { return receive(fd_, MSG_DONTWAIT); }

std::string NotifySocket::next() const { return receive(fd_, 0); }

}  // namespace certconnector::testing
