// --help, of the program and of each command.
#pragma once

#include <iosfwd>
#include <string>

#include "agent/cli/command.h"

namespace certconnector::cli {

// `group`: only commands that begin with this word; empty: all.
void print_help(std::ostream& out, const std::string& group);
void print_help(std::ostream& out, const Command& command);

}  // namespace certconnector::cli
