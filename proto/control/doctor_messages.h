// The result of `certconnectord --doctor` and `--check-state`, in the manner of messages.h.
#pragma once

#include <string>
#include <vector>

namespace certconnector::control_proto {

struct DoctorCheck {
  std::string id;       // "clock.endpoint"; stable
  std::string area;     // "clock"
  std::string verdict;  // ok, warning, failed, unknown
  std::string subject;  // what was looked at: a section, a file, an address; may be empty
  std::string evidence;
  std::string remedy;  // empty: nothing is to be done
};
struct DoctorResult {
  std::string verdict;  // the worst: ok, warning, failed
  std::vector<DoctorCheck> checks;
};

}  // namespace certconnector::control_proto
