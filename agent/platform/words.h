// What a person does on this platform, in the words of a remedy. Thread-safe.
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

// Commands about the machine, to be typed as they are.
struct MachineCommands {
  std::string set_clock;
  std::string show_clock;
  std::string look_up_host;  // of HOST, which a person replaces
  std::string join_pem;      // ca.pem and root.pem to ca-and-root.pem
};
// Lives as long as the program.
[[nodiscard]] const MachineCommands& machine_commands();

// How a person learns which processes have the file open: a clause.
[[nodiscard]] std::string how_to_find_holders(const std::string& path);

// Commands for a file or folder, with the paths quoted for this platform's shell.
[[nodiscard]] std::string command_that_moves(const std::string& path, const std::string& to);
[[nodiscard]] std::string command_that_removes_folder(const std::string& path);
// To the packaged service's account, with what is in it.
[[nodiscard]] std::string command_that_gives_to_service(const std::string& folder);

// For an agent that may not listen on a port below 1024. Lives as long as the program.
[[nodiscard]] const char* how_to_open_low_ports();

}  // namespace certconnector::platform
