// Admits the users that may use the control socket: root, the agent's user, and members of the
// configured group.
#pragma once

#include <memory>
#include <string>

#include "common/result/result.h"

namespace certconnector::control {

// The process at the other end of a connection, as this platform's transport knows it. Opaque here;
// <platform>/connected_peer.h has it.
class ConnectedPeer;

enum class PeerErrc { not_admitted, unknown_peer };
[[nodiscard]] ErrorCode error_code(PeerErrc errc);

// The port; thread-safe.
class PeerCheck {
 public:
  virtual ~PeerCheck() = default;
  // The peer's name, for the log and the history of jobs. Errors: not_admitted, unknown_peer; both
  // denied.
  virtual Result<std::string> admit(const ConnectedPeer& peer) = 0;
};

// By the operating system's word: an administrator, the agent's own user, and members of `group`, a
// name; one that does not exist admits nobody more.
[[nodiscard]] std::unique_ptr<PeerCheck> kernel_peer_check(const std::string& group);

}  // namespace certconnector::control
