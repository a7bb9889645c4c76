#include "agent/platform/service_user.h"

namespace certconnector::platform {

// A process cannot become another account without its password. An administrator may read whatever
// the service's account may.
Status become_agents_user(const std::string& /*state_dir*/,
                          const std::string& /*configuration_file*/) {
  return {};
}

bool is_root() { return false; }

}  // namespace certconnector::platform
