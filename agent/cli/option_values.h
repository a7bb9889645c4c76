// Values of options and positional arguments, as the commands want them.
#pragma once

#include <boost/program_options/variables_map.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/time/clock.h"

namespace certconnector::cli {

[[nodiscard]] std::optional<std::string> text_value(
    const boost::program_options::variables_map& values, const char* name);
// Reads a time that is set: RFC 3339, or how long ago. Returns what is wrong with it; nothing: it
// is a time, or not set.
[[nodiscard]] std::optional<std::string> read_time(
    const boost::program_options::variables_map& values, const char* name, Timestamp now,
    std::optional<Timestamp>& time);
[[nodiscard]] std::vector<std::string> positionals(
    const boost::program_options::variables_map& values, const char* name);
[[nodiscard]] std::optional<std::string> one_positional(
    const boost::program_options::variables_map& values, const char* name);

}  // namespace certconnector::cli
