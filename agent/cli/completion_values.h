// The kind of value that an option or an argument takes, for the completion.
#pragma once

#include <string_view>
#include <vector>

namespace certconnector::cli {

enum class ValueKind {
  any,  // text that nobody can know
  words,
  files,
  folders,
  cas,
  services,
  templates,
  certificates,
  jobs,
  waiting_jobs,
  challenges
};

struct Values {
  ValueKind kind = ValueKind::any;
  std::vector<std::string_view> words = {};
};

// `name`: of an option, or of a positional argument as its Positional has it. Null: nobody said.
[[nodiscard]] const Values* values_of(std::string_view command, std::string_view name);

}  // namespace certconnector::cli
