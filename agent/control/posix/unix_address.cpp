#include "agent/control/posix/unix_address.h"

#include <sys/socket.h>

#include "agent/control/transport_errors.h"

namespace certconnector::control {

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  constexpr std::size_t kMaxPath = sizeof(address.sun_path) - 1;
  if (path.empty() || path.size() > kMaxPath || path.find('\0') != std::string::npos) {
    return Error(TransportErrc::bad_path, ErrorKind::permanent,
                 "the socket path '" + path + "' has " + std::to_string(path.size()) +
                     " characters; a Unix socket's path has 1 to " + std::to_string(kMaxPath) +
                     ". Choose a shorter one");
  }
  address.sun_family = AF_UNIX;
  path.copy(static_cast<char*>(address.sun_path), kMaxPath);
  return address;
}

}  // namespace certconnector::control
