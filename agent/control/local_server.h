// The agent's end of the control socket: accepts local connections, checks their user, answers
// their requests.
//
// One thread accepts, and one more serves each connection, so a slow or silent peer delays no
// other. Destroying the server stops it: it accepts no more connections, finishes the requests
// under way, then joins all threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "agent/control/peer_check.h"
#include "common/log/log.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::control {

// Thread-safe; called by several connections at once. Must not throw.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  // `request` is the unchecked payload of a frame; the answer is a payload too. `who` is the
  // caller.
  virtual std::string answer(std::string_view request, const std::string& who) = 0;
};

struct ServerOptions {
  std::string socket_path;
  std::string
      group;  // its members may use the socket; when it does not exist, only the owner and root
  std::size_t max_connections = 16;
  Duration idle_timeout = std::chrono::seconds(60);     // between two requests
  Duration message_timeout = std::chrono::seconds(10);  // from a message's first octet to its last
};

class LocalServer {
 public:
  virtual ~LocalServer() = default;
};

// Whether a socket can have this path. Error bad_path: it is empty, or too long.
[[nodiscard]] Status check_socket_path(const std::string& path);

// The socket is 0660 and of `group`, or 0600. A socket file that a dead agent left is replaced.
// `handler`, `peers` and `logger` outlive the server. Errors: in_use, bad_path, failed
// (TransportErrc).
[[nodiscard]] Result<std::unique_ptr<LocalServer>> start_local_server(const ServerOptions& options,
                                                                      RequestHandler& handler,
                                                                      PeerCheck& peers,
                                                                      log::Logger& logger);

}  // namespace certconnector::control
