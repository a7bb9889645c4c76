// Which jobs one cloud's session looks after, where an agent works for several clouds. A pure rule:
// every job is in exactly one share, as long as one share alone takes the remainder.
#pragma once

#include <string>
#include <vector>

#include "agent/core/job.h"

namespace certconnector::core {

//   the job                              the share of its cloud   the share with the remainder
//   leased from a configured cloud       yes                      no
//   leased from a cloud that is not      -                        yes
//     configured any more
//   of a device, or the agent's own      -                        yes
struct CloudShare {
  std::string cloud;                     // the configured name: JobKey::instance of its jobs
  bool remainder = true;                 // also what no cloud in `others` leased
  std::vector<std::string> others = {};  // the other clouds of the configuration
};

// `instance`: as in JobKey. A share that is left as it is made includes every job.
[[nodiscard]] bool includes(const CloudShare& share, JobSource source, const std::string& instance);

}  // namespace certconnector::core
