#pragma once

#include <string>

#include "agent/platform/posix/account.h"

namespace certconnector::platform {

// Where a path leads: its links followed, as far as this process may look.
struct Way {
  std::string real;
  // The first link that somebody may have put there: its folder is another's than root's or
  // `trusted`'s, or others may write it, with the sticky bit as well. Empty: there is none.
  std::string foreign_link = {};
};
// `path` is absolute.
[[nodiscard]] Way follow(const std::string& path, uid_t trusted);

// As it stands in the link. Empty: it is none.
[[nodiscard]] std::string target_of(const std::string& link);

}  // namespace certconnector::platform
