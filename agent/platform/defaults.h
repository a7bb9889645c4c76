// Where things are on this platform, unless the configuration or an option says otherwise.
#pragma once

namespace certconnector::platform {

struct Defaults {
  const char* configuration_file;
  const char* state_folder;
  const char* runtime_folder;
  const char* control_socket;  // in the runtime folder
  const char* backup_folder;   // where the packaged service may write backups
};
[[nodiscard]] const Defaults& defaults();

}  // namespace certconnector::platform
