// What a person does on this platform, in the words of a remedy. Thread-safe; links nothing.
#pragma once

#include <string>

namespace certconnector::platform {

// For somebody whom the agent refuses: another account, or this one in that group.
[[nodiscard]] std::string how_to_be_admitted(const std::string& group);

// For somebody whom the system keeps from the agent's socket.
[[nodiscard]] std::string how_to_be_let_in(const std::string& group);

// Commands for the packaged service, to be typed as they are.
struct ServiceCommands {
  std::string start;
  std::string stop;
  std::string restart;
  std::string log;        // prints its end
  std::string whole_log;  // shows it from its beginning
  // The CLI as another user, and certconnectord as the agent's: they end where arguments go on.
  std::string cli_as_user;
  std::string agent_as_its_user;
};
// Lives as long as the program.
[[nodiscard]] const ServiceCommands& service_commands();

// For an agent that may not listen on a port below 1024. Lives as long as the program.
[[nodiscard]] const char* how_to_open_low_ports();

}  // namespace certconnector::platform
