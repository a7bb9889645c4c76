#pragma once

#include "common/result/error.h"

namespace certconnector::ndes_policy {

enum class PolicyErrc {
  unreachable,   // no answer in time; transient
  busy,          // the agent says: not now; transient
  not_allowed,   // the agent does not know this module's certificate; denied
  refused,       // the agent will take it at no time; permanent
  not_an_agent,  // what answers does not speak the protocol; transient, since a person may mend it
  no_version,    // agent and module have no version in common; transient as above
  spool_full,    // transient
  damaged        // a file of the spool that cannot be read; permanent
};
[[nodiscard]] ErrorCode error_code(PolicyErrc errc);

}  // namespace certconnector::ndes_policy
