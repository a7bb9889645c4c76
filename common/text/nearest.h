// Suggestions for a name that was mistyped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certconnector::text {

// The candidate that `name` was probably meant to be: the fewest edits, at most a third of its
// length (and at least 2 are allowed), else one that begins with it. Empty when none is near.
[[nodiscard]] std::string nearest(std::string_view name,
                                  const std::vector<std::string>& candidates);

}  // namespace certconnector::text
