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

ServiceCommands service_commands() {
  std::string log = default_log_file();
  std::replace(log.begin(), log.end(), '/', '\\');
  return {"sc start CertificateConnector",
          "net stop CertificateConnector & net start CertificateConnector",
          "powershell -Command \"Get-Content -Tail 20 '" + log + "'\"",
          "runas /user:USER certconnector"};
}

}  // namespace certconnector::platform
