// A file in the state folder: a person has paused the agent. It survives a restart.
#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::app {

class PauseFile {
 public:
  explicit PauseFile(const std::string& state_dir);

  [[nodiscard]] bool is_set() const;
  [[nodiscard]] Status set() const;    // durable when it returns
  [[nodiscard]] Status clear() const;  // durable when it returns

 private:
  std::string path_;
};

}  // namespace certconnector::app
