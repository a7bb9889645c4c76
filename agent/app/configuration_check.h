// Checks whether a configuration would start, beyond its text.
#pragma once

#include <string>
#include <vector>

#include "agent/config/settings.h"
#include "agent/keys/machine_store.h"
#include "common/result/error.h"

namespace certconnector::app {

// What would stop the start, or leave a CA unserved.
struct UnusableFile {
  std::string section;  // "ca.default"
  Error error;          // its message begins with the section

  [[nodiscard]] const std::string& message() const { return error.message(); }
};
// One for each unusable file, that `settings` name or that the agent keeps in its folders;
// empty: none. Reads the files as the start does, except those that are made later.
[[nodiscard]] std::vector<UnusableFile> unusable_files(const config::Settings& settings);
// `now` is Clock::wall().
[[nodiscard]] std::vector<UnusableFile> unusable_files(const config::Settings& settings,
                                                       const keys::MachineStore& store,
                                                       Timestamp now);

// Sentences about CAs that start and still cannot issue all that `settings` offer.
[[nodiscard]] std::vector<std::string> notes_on_cas(const config::Settings& settings);
// One error for each of the agent's folders that is another's, that it may not write, or that
// others may change; those that do not exist are made.
[[nodiscard]] std::vector<Error> unusable_folders(const config::AgentSettings& settings);

}  // namespace certconnector::app
