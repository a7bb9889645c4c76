#include "agent/cli/option_values.h"

namespace certconnector::cli {

namespace po = boost::program_options;

std::optional<std::string> text_value(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) return std::nullopt;
  return values[name].as<std::string>();
}

std::vector<std::string> positionals(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) return {};
  return values[name].as<std::vector<std::string>>();
}

std::optional<std::string> one_positional(const po::variables_map& values, const char* name) {
  auto all = positionals(values, name);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

}  // namespace certconnector::cli
