#include "agent/platform/words.h"

#include "common/text/shell_word.h"

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

const MachineCommands& machine_commands() {
  static const MachineCommands commands{"timedatectl set-ntp true", "date -u", "getent hosts HOST",
                                        "cat ca.pem root.pem > ca-and-root.pem"};
  return commands;
}

std::string how_to_find_holders(const std::string& path) {
  return "this lists the processes that have it open: `lslocks -o PID,COMMAND,MODE,PATH | grep "
         "-F " +
         text::shell_word(path) + "`";
}

std::string command_that_moves(const std::string& path, const std::string& to) {
  return "mv " + text::shell_word(path) + " " + text::shell_word(to);
}

std::string command_that_removes_folder(const std::string& path) {
  return "rm -r " + text::shell_word(path);
}

std::string command_that_gives_to_service(const std::string& folder) {
  return "chown -R certconnector: " + text::shell_word(folder);
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
