#include "agent/platform/service_user.h"

namespace certconnector::platform {

// A process cannot become another account without its password. An administrator may read whatever
// the service's account may.
Status become_owner_of(const std::string& folder) {
  static_cast<void>(folder);
  return {};
}

bool is_root() { return false; }

}  // namespace certconnector::platform
