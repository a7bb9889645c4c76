// The port through which the control server shows the configuration. agent/app implements it.
// Called from the control server's threads; thread-safe.
#pragma once

#include <string>
#include <vector>

namespace certconnector::control {

struct SettingView {
  std::string section;
  std::string key;
  std::string value;
};
// The settings in use, without secrets.
struct ConfigurationView {
  std::string text;  // INI
  std::vector<SettingView> settings;
};

class ConfigurationOperations {
 public:
  virtual ~ConfigurationOperations() = default;

  virtual ConfigurationView configuration() = 0;
};

}  // namespace certconnector::control
