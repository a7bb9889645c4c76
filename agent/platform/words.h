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
  std::string restart;
  std::string log;  // prints its end
  // The CLI as another user: ends where its arguments go on.
  std::string cli_as_user;
};
[[nodiscard]] ServiceCommands service_commands();

}  // namespace certconnector::platform
