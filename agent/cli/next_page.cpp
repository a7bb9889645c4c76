#include "agent/cli/next_page.h"

#include <cstdint>

#include "agent/cli/option_values.h"
#include "common/text/shell_word.h"

namespace certconnector::cli {
std::string next_page_command(std::string_view list,
                              const boost::program_options::variables_map& values,
                              std::initializer_list<const char*> filters, std::string_view next) {
  std::string command = "certconnector " + std::string(list);
  for (const char* name : filters) {
    const auto value = text_value(values, name);
    if (value) command += " --" + std::string(name) + " " + text::shell_word(*value);
  }
  if (!values["limit"].defaulted()) {
    command += " --limit " + std::to_string(values["limit"].as<std::uint64_t>());
  }
  return command + " --after " + text::shell_word(next);
}

}  // namespace certconnector::cli
