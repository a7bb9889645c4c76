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

const ServiceCommands& service_commands() {
  static const ServiceCommands commands{"systemctl start certconnectord",
                                        "systemctl stop certconnectord",
                                        "systemctl restart certconnectord",
                                        "journalctl -u certconnectord -n 20",
                                        "journalctl -u certconnectord",
                                        "sudo -u USER certconnector",
                                        "runuser -u certconnector -- certconnectord"};
  return commands;
}

const char* how_to_open_low_ports() {
  return "Listen on port 1024 or above, with nginx in front as in "
         "/usr/share/doc/certconnector/examples/certconnector-scep.conf; or allow low ports "
         "to the service: `install -D -m 0644 "
         "/usr/share/doc/certconnector/examples/low-ports.conf "
         "/etc/systemd/system/certconnectord.service.d/low-ports.conf && systemctl "
         "daemon-reload && systemctl restart certconnectord`";
}

}  // namespace certconnector::platform
