#include "agent/cli/next_page.h"

#include <cstdint>

#include "agent/cli/option_values.h"

namespace certconnector::cli {
namespace {

constexpr std::string_view kPlain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.,:/@%+=";

}  // namespace

std::string shell_word(std::string_view text) {
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string next_page_command(std::string_view list,
                              const boost::program_options::variables_map& values,
                              std::initializer_list<const char*> filters, std::string_view next) {
  std::string command = "certconnector " + std::string(list);
  for (const char* name : filters) {
    const auto value = text_value(values, name);
    if (value) command += " --" + std::string(name) + " " + shell_word(*value);
  }
  if (!values["limit"].defaulted()) {
    command += " --limit " + std::to_string(values["limit"].as<std::uint64_t>());
  }
  return command + " --after " + shell_word(next);
}

}  // namespace certconnector::cli
