// Shared by all verbs: the reading of their arguments. run_command() catches the exceptions of
// Boost.Program_options.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <boost/program_options/variables_map.hpp>
#include <chrono>
#include <istream>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/result/result.h"
#include "common/time/clock.h"
#include "tests/endpoint/commands.h"

namespace certconnector::endpoint {

// A duration argument: a whole number with ms, s, m, h or d; may be negative.
struct Span {
  Duration value{};
};
std::istream& operator>>(std::istream& in, Span& span);

// The options of a verb that talks to a running endpoint: `--state` (required) and `--help`.
[[nodiscard]] boost::program_options::options_description client_options();

// Reads `arguments`; `positional` is the option for arguments without a name, or empty. True in
// `help` when the help was asked for, and printed.
[[nodiscard]] boost::program_options::variables_map read_options(
    const Arguments& arguments, const boost::program_options::options_description& options,
    const std::string& positional, bool& help);

// Prints an answer of the admin interface, or reports why there is none; gives the exit status.
[[nodiscard]] int print(const Result<nlohmann::json>& answer);

}  // namespace certconnector::endpoint
