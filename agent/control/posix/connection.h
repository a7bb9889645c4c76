// One connection to the control socket, from admission to hang-up.
#pragma once

#include "agent/control/local_server.h"
#include "agent/control/posix/framed_socket.h"
#include "agent/platform/posix/file_descriptor.h"

namespace certconnector::control {

struct ServerParts {
  const ServerOptions& options;
  RequestHandler& handler;
  PeerCheck& peers;
  log::Logger& logger;
};

// Returns when the peer is refused, hangs up, is too slow or sends garbage, or when the socket's
// stop_fd fires.
void serve_connection(FramedSocket& socket, const ServerParts& parts);

// Tells a peer that there is no room for it. Does not wait.
void turn_away(FramedSocket& socket, std::size_t connections);

}  // namespace certconnector::control
