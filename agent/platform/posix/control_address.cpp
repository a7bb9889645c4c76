#include "agent/platform/control_address.h"

#include "agent/platform/paths.h"

namespace certconnector::platform {

std::string control_address(const std::string& runtime_folder) {
  return join_path(runtime_folder, "agent.sock");
}

std::optional<std::string> folder_of_address(const std::string& address) {
  return parent_path(address);
}

}  // namespace certconnector::platform
