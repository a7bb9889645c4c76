// The user and process at the other end of a Unix socket.
#pragma once

#include <sys/socket.h>

#include <optional>

namespace certconnector::control {

// The kernel's record for the connection; it does not depend on the socket's file. On the accepting
// side: the user that connected; on the connecting side: the user that listens. Nothing: the kernel
// does not say, and errno says why.
[[nodiscard]] std::optional<ucred> peer_credentials(int socket);

}  // namespace certconnector::control
