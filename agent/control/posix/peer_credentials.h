// Who is at the other end of a Unix socket.
#pragma once

#include <sys/socket.h>

#include <optional>

namespace certconnector::control {

// As the kernel vouches for it, whatever became of the socket's file: who connected, or for who has
// connected, who listens. Nothing: it does not say, and errno says why.
[[nodiscard]] std::optional<ucred> peer_credentials(int socket);

}  // namespace certconnector::control
