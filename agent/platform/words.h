// What a person does on this platform, in the words of a remedy. Thread-safe; links nothing.
#pragma once

#include <string>

namespace certconnector::platform {

// For somebody whom the agent refuses: another account, or this one in that group.
[[nodiscard]] std::string how_to_be_admitted(const std::string& group);

}  // namespace certconnector::platform
