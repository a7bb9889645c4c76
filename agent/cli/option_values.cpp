#include "agent/cli/option_values.h"

#include "agent/cli/relative_time.h"

namespace certconnector::cli {

namespace po = boost::program_options;

std::optional<std::string> text_value(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) return std::nullopt;
  return values[name].as<std::string>();
}

std::optional<std::string> read_time(const po::variables_map& values, const char* name,
                                     Timestamp now, std::optional<Timestamp>& time) {
  const auto text = text_value(values, name);
  if (!text) return std::nullopt;
  time = parse_time(*text, now);
  if (time) return std::nullopt;
  return "--" + std::string(name) + " '" + *text +
         "' is neither a time such as 2026-11-23T08:00:00Z nor how long ago, such as 30m, 2h, 7d";
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
