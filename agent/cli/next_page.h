// Makes the command for the next page of a list.
#pragma once

#include <boost/program_options/variables_map.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

namespace certconnector::cli {

// `list` is the command, e.g. "jobs list". The result repeats those of `filters` that the user set,
// and --limit if set. `next` is the cursor of the agent.
[[nodiscard]] std::string next_page_command(std::string_view list,
                                            const boost::program_options::variables_map& values,
                                            std::initializer_list<const char*> filters,
                                            std::string_view next);

}  // namespace certconnector::cli
