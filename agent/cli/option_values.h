// Values of options and positional arguments, as the commands want them.
#pragma once

#include <boost/program_options/variables_map.hpp>
#include <optional>
#include <string>
#include <vector>

namespace certconnector::cli {

[[nodiscard]] std::optional<std::string> text_value(
    const boost::program_options::variables_map& values, const char* name);
[[nodiscard]] std::vector<std::string> positionals(
    const boost::program_options::variables_map& values, const char* name);
[[nodiscard]] std::optional<std::string> one_positional(
    const boost::program_options::variables_map& values, const char* name);

}  // namespace certconnector::cli
