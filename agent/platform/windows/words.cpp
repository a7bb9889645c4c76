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

ServiceCommands commands_with_log(std::string log) {
  std::replace(log.begin(), log.end(), '/', '\\');
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

const char* how_to_open_low_ports() {
  return "Another program has the port, or Windows keeps it: `netsh interface ipv4 show "
         "excludedportrange tcp` lists those; or listen on another port";
}

}  // namespace certconnector::platform
