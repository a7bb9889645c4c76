#include "agent/platform/words.h"

#include <algorithm>

#include "agent/platform/windows/default_log.h"

namespace certconnector::platform {

std::string how_to_be_admitted(const std::string& group) {
  return "Run this in a console that was opened with \"Run as administrator\", or add the user to "
         "the group (`net localgroup \"" +
         group + "\" USER /add`) and log in again";
}

std::string how_to_be_let_in(const std::string& group) { return how_to_be_admitted(group); }

namespace {

// cmd's own commands take a slash for an option.
std::string with_backslashes(std::string path) {
  std::replace(path.begin(), path.end(), '/', '\\');
  return path;
}

std::string quoted(const std::string& path) { return '"' + with_backslashes(path) + '"'; }

ServiceCommands commands_with_log(const std::string& default_log) {
  const std::string log = with_backslashes(default_log);
  return {"sc start CertificateConnector",
          "net stop CertificateConnector",
          "net stop CertificateConnector & net start CertificateConnector",
          "powershell -Command \"Get-Content -Tail 20 '" + log + "'\"",
          "notepad \"" + log + "\"",
          "runas /user:USER certconnector",
          "certconnectord"};
}

}  // namespace

const ServiceCommands& service_commands() {
  static const ServiceCommands commands = commands_with_log(default_log_file());
  return commands;
}

const MachineCommands& machine_commands() {
  static const MachineCommands commands{"w32tm /resync", "w32tm /query /status", "nslookup HOST",
                                        "type ca.pem root.pem > ca-and-root.pem"};
  return commands;
}

std::string how_to_find_holders(const std::string& path) {
  return "`resmon` lists the processes that have it open: CPU, Associated Handles, search for \"" +
         with_backslashes(path) + "\"";
}

std::string command_that_moves(const std::string& path, const std::string& to) {
  return "move " + quoted(path) + " " + quoted(to);
}

std::string command_that_removes_folder(const std::string& path) {
  return "rmdir /s /q " + quoted(path);
}

std::string command_that_gives_to_service(const std::string& folder) {
  return "icacls " + quoted(folder) + " /reset /t";
}

const char* how_to_open_low_ports() {
  return "Another program has the port, or Windows keeps it: `netsh interface ipv4 show "
         "excludedportrange tcp` lists those; or listen on another port";
}

}  // namespace certconnector::platform
