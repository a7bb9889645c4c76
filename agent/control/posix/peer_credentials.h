// The user and process at the other end of a Unix socket.
#pragma once

#include <sys/socket.h>

#include <optional>

namespace certconnector::control {

// The kernel's word, whatever became of the socket's file. On the accepting side: who connected; on
// the connecting side: who listens. Nothing: the kernel does not say, and errno says why.
[[nodiscard]] std::optional<ucred> peer_credentials(int socket);

}  // namespace certconnector::control
