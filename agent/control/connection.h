// One connection to the control socket, from admission to hang-up.
#pragma once

#include "agent/control/framed_stream.h"
#include "agent/control/local_server.h"

namespace certconnector::control {

struct ServerParts {
  const ServerOptions& options;
  RequestHandler& handler;
  PeerCheck& peers;
  log::Logger& logger;
};

// Returns when the peer is refused, hangs up, is too slow or sends garbage, or when the server
// stops.
void serve_connection(FramedStream& stream, const ServerParts& parts);

// Tells a peer that there is no room for it. Does not wait.
void turn_away(FramedStream& stream, std::size_t connections);

}  // namespace certconnector::control
