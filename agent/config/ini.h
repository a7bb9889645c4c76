// The syntax of the file alone: sections, keys and values, with their lines. rules.h
// has their meaning.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/config/configuration.h"

namespace certconnector::config {

struct Section {
  std::string name;  // "agent", "ca.default"
  int line = 0;
};

struct Entry {
  std::string section;
  std::string key;
  std::string value;
  int line = 0;
};

struct Ini {
  std::vector<Section> sections;  // each header in the file, with repetitions
  std::vector<Entry> entries;
};

// Reads what can be read and adds a problem for each line that cannot. Boost.Program_options does
// the reading; before that the lines are checked for what it would pass over in silence: a `#` that
// cuts a value, "[]".
[[nodiscard]] Ini read_ini(std::string_view text, std::vector<Problem>& problems);

}  // namespace certconnector::config
