#include "agent/platform/defaults.h"

namespace certconnector::platform {

const Defaults& defaults() {
  static constexpr Defaults kDefaults{
      "/etc/certconnector/certconnectord.conf", "/var/lib/certconnector",     "/run/certconnector",
      "/run/certconnector/agent.sock",          "/var/backups/certconnector",
  };
  return kDefaults;
}

}  // namespace certconnector::platform
