// A configuration as the agent reads it, with the CA backends that it has.
#pragma once

#include <regex>
#include <string>
#include <string_view>

#include "agent/app/ca_backends.h"
#include "agent/config/configuration.h"
#include "tests/support/local_path.h"

namespace certconnector::config {

// The paths of files in a configuration for POSIX become those of this platform.
inline std::string with_local_paths(std::string_view text) {
  static const std::regex kFile("((?:_file|_dir|file|helper) ?= ?)/");
  return std::regex_replace(std::string(text), kFile, "$1" + tests::local_path("/"));
}

inline Reading read(std::string_view text) {
  return parse(with_local_paths(text), ca::rules_of(app::ca_backends()));
}

}  // namespace certconnector::config
