#pragma once

#include <string>

namespace certconnector::control {

// The person who gave a command, for the history of what it changes.
struct Caller {
  std::string name;
};

}  // namespace certconnector::control
