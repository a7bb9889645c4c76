// certconnectord --doctor and --check-state: looks at a whole set-up, also where no agent runs.
#pragma once

#include <set>
#include <string>

#include "agent/app/run.h"
#include "agent/doctor/examination.h"
#include "agent/doctor/parts.h"

namespace certconnector::doctor {

struct DoctorOptions {
  bool state_alone = false;     // what the agent's user sees; the agent is not asked
  std::set<std::string> areas;  // empty: all
  bool json = false;
};

// The exit codes, as of `certconnector health`.
enum DoctorExit : int { kWell = 0, kWarnings = 1, kFailures = 2 };

// Examines, in this process's user's rights, and then in those of the agent's: a process of root
// stays the agent's user. Prints the report. Returns an exit code, or app::kUsage for an unknown
// area.
[[nodiscard]] int run_doctor(const app::RunOptions& options, const DoctorOptions& wanted);

// The examination alone.
void examine(const app::RunOptions& options, bool state_alone, const Parts& parts,
             Examination& examination);

}  // namespace certconnector::doctor
