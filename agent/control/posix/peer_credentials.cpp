#include "agent/control/posix/peer_credentials.h"

namespace certconnector::control {

std::optional<ucred> peer_credentials(int socket) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return credentials;
}

}  // namespace certconnector::control
