// Tells the CLI what ended the agent, while no agent runs that it could ask.
#pragma once

#include <string>
#include <vector>

#include "agent/app/run.h"
#include "agent/config/settings.h"
#include "common/result/error.h"

namespace certconnector::app {

// Thread-safe. A note that cannot be written is left out: the log has the same words.
class FailureNote {
 public:
  // `service`: a service manager has started this program.
  FailureNote(std::vector<std::string> folders, bool service)
      : folders_(std::move(folders)), service_(service) {}

  // Not beside an agent that runs: the note of its end is its own.
  void write(const Error& error, int exit_code) const;
  void remove() const;

 private:
  [[nodiscard]] bool beside_another_agent() const;

  const std::vector<std::string> folders_;
  const bool service_;
};

// Where the CLI looks: the state folder and the folder of the socket, where it has one.
[[nodiscard]] std::vector<std::string> note_folders(const config::AgentSettings& agent);
// The same of a file that has mistakes. `error` is that of load_configuration().
[[nodiscard]] std::vector<std::string> note_folders(const RunOptions& options, const Error& error);

// The message, and the remedy of its code where there is one.
[[nodiscard]] std::string with_remedy(const Error& error);

}  // namespace certconnector::app
