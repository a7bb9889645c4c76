// Results of the commands about the configuration, in the manner of messages.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace certconnector::control_proto {

struct ConfigSetting {
  std::string section;  // "ca.default"
  std::string key;
  std::string value;
};
struct ConfigShowResult {
  std::string text;  // INI, secrets redacted
  std::vector<ConfigSetting> settings;
};
// `certconnectord --check-config --json` prints these: of a file that is in order, and beside the
// error of one that is not.
struct ConfigCheckResult {
  std::string file;
  std::vector<std::string> notes;  // sentences
};
struct ConfigProblem {
  std::optional<std::uint64_t> line;  // 1 is the first; none: the file as a whole
  std::string section;                // empty: it is about no single one
  std::string key;
  std::string code;  // of what is wrong with a file that the configuration names
  std::string message;
};
struct ConfigProblemsResult {
  std::string file;
  std::vector<ConfigProblem> problems;
};

}  // namespace certconnector::control_proto
