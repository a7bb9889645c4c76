// The configuration file: INI in the syntax of Boost.Program_options, read strictly.
//
// Every problem is found in one go, so that an administrator fixes the file once. Pure functions:
// no file is touched here, so a test and the fuzzer see what the agent sees.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/settings.h"

namespace certconnector::config {

inline constexpr std::size_t kMaxConfigurationSize = 1024UL * 1024;

struct Problem {
  int line = 0;      // 1 is the first; 0: the file as a whole
  std::string text;  // what is wrong and what would be right; it names section and key itself
  std::string section = {};  // "ca.default"; empty: it is about no single one
  std::string key = {};      // the same
};

struct Reading {
  std::optional<Settings> settings;  // only when there is no problem
  std::vector<Problem> problems;     // in the order of the lines
};

// An empty text is valid: every key has a default, and [ca.default] and [template.device] are
// there.
// `backends` are those that a [ca.NAME] section can name; at least one.
[[nodiscard]] Reading parse(std::string_view text, const CaBackendList& backends);

// "certconnectord.conf:12: ..." lines, one a problem.
[[nodiscard]] std::string to_text(const std::vector<Problem>& problems, std::string_view file_name);

struct Setting {
  std::string section;  // "ca.default"
  std::string key;
  std::string value;  // as in the file; may be empty
};
// Every key with its effective value, in the order of a file. Holds no secret, since no key does.
[[nodiscard]] std::vector<Setting> list_settings(const Settings& settings);

// The same as a file that parse() takes.
[[nodiscard]] std::string to_ini(const Settings& settings);

}  // namespace certconnector::config
