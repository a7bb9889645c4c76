// Backup of the files that cannot be made again: the agent's database, CA keys, the RA keys that
// devices encrypt to, and the agent's identity.
//
// A backup is a folder (0700): agent.db, ca/NAME/..., scep/SERVICE/NUMBER/..., identity/..., and
// manifest.json. It gets its name when it is whole.
#pragma once

#include <string>

#include "agent/app/progress.h"
#include "agent/config/settings.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::store {
class AgentDatabase;
}

namespace certconnector::app {

// While the agent runs; `now`: the wall clock. Errors: the folder exists, cannot be written, or has
// too little room; nothing is left then.
[[nodiscard]] Status write_backup(const std::string& folder, const config::Settings& settings,
                                  store::AgentDatabase& database, Timestamp now,
                                  const ReportStep& report);

}  // namespace certconnector::app
