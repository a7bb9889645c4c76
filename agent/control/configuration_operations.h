// The port through which the control server shows the configuration. agent/app implements it.
// Called from the control server's threads; thread-safe.
#pragma once

#include <string>

namespace certconnector::control {

class ConfigurationOperations {
 public:
  virtual ~ConfigurationOperations() = default;

  virtual std::string configuration_text() = 0;  // effective, INI, secrets redacted
};

}  // namespace certconnector::control
