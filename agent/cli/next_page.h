// The command that goes on where a page of a list ends.
#pragma once

#include <boost/program_options/variables_map.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

namespace certconnector::cli {

// One word for a POSIX shell, whatever it holds; quoted only where it must be.
[[nodiscard]] std::string shell_word(std::string_view text);

// `list` as it was typed, e.g. "jobs list"; of `filters` those that were given are repeated, and
// --limit if it was. `next` is the server's mark.
[[nodiscard]] std::string next_page_command(std::string_view list,
                                            const boost::program_options::variables_map& values,
                                            std::initializer_list<const char*> filters,
                                            std::string_view next);

}  // namespace certconnector::cli
