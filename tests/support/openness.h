// The users of a file that the product made, on every system alike.
#pragma once

#include <string>

namespace certconnector::testing {

enum class Openness {
  owner_alone,  // 0600, 0700
  all_read,     // 0644
  other         // none of the two, or there is no such file
};
[[nodiscard]] Openness openness_of(const std::string& path);

// Whether a file that was removed while it is open has no name any more.
[[nodiscard]] bool names_go_at_once();

// Whether no file is closed to this process: root's.
[[nodiscard]] bool is_superuser();

}  // namespace certconnector::testing
