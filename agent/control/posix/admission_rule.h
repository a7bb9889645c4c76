// Admits users to the control socket: root, the agent's user, and members of the configured group.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

}  // namespace certconnector::control
