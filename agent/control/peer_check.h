// Admits the users that may use the control socket: root, the agent's user, and members of the
// configured group.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/result/result.h"

namespace certconnector::control {

// The other process, as the kernel names it.
struct Peer {
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::vector<std::uint32_t> other_groups;
  std::string name;  // the user's login name, else "uid 1234"
};

struct AdmissionRule {
  std::uint32_t own_user = 0;
  std::optional<std::uint32_t> group;
};
[[nodiscard]] bool admits(const AdmissionRule& rule, const Peer& peer);

enum class PeerErrc { not_admitted, unknown_peer };
[[nodiscard]] ErrorCode error_code(PeerErrc errc);

// The port; thread-safe.
class PeerCheck {
 public:
  virtual ~PeerCheck() = default;
  // The peer's name, for the log and the history of jobs. Errors: not_admitted, unknown_peer; both
  // denied.
  virtual Result<std::string> admit(int socket) = 0;
};

// `group`: a name; one that does not exist admits root and the agent's own user only.
[[nodiscard]] std::unique_ptr<PeerCheck> kernel_peer_check(const std::string& group);

}  // namespace certconnector::control
