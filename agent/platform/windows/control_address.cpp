#include "agent/platform/control_address.h"

#include "agent/platform/defaults.h"

namespace certconnector::platform {

std::string control_address(const std::string& runtime_folder) {
  static_cast<void>(runtime_folder);
  return defaults().control_socket;
}

std::optional<std::string> folder_of_address(const std::string& address) {
  static_cast<void>(address);
  return std::nullopt;
}

}  // namespace certconnector::platform
