#include "agent/platform/words.h"

namespace certconnector::platform {

std::string how_to_be_admitted(const std::string& group) {
  return "Use root, or add the user to group " + group + " (`usermod -aG " + group +
         " USER`) and log in again";
}

std::string how_to_be_let_in(const std::string& group) {
  return "Run this as root, or add your user to the group: usermod -aG " + group +
         " USER, then log in again";
}

ServiceCommands service_commands() {
  return {"systemctl start certconnectord", "systemctl restart certconnectord",
          "journalctl -u certconnectord -n 20", "sudo -u USER certconnector"};
}

}  // namespace certconnector::platform
