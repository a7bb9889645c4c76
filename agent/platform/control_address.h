// Where the agent listens for its CLI: a socket of the disk, or a named pipe. Pure text.
#pragma once

#include <optional>
#include <string>

namespace certconnector::platform {

// The address that a configuration has which names none: a socket in its runtime folder, or the
// one pipe.
[[nodiscard]] std::string control_address(const std::string& runtime_folder);

// The folder that it stands in, where the agent leaves a note for the CLI. Nothing: it is no file.
[[nodiscard]] std::optional<std::string> folder_of_address(const std::string& address);

}  // namespace certconnector::platform
