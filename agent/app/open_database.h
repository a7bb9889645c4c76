// Opens the agent's database, and brings over the files of release 0.1.0 where they are.
#pragma once

#include <memory>
#include <string>

#include "agent/app/service.h"
#include "agent/store/sqlite/agent_database.h"
#include "common/result/result.h"

namespace certconnector::app {

// Whether this process may write each file of the database that is there: another owner or mode is
// not mended by a restart, as a full disk may be. Error foreign_file, with the command that mends
// it.
[[nodiscard]] Status check_database_files(const std::string& state_dir);

// While it brings files over, it logs how far it is, asks the service manager for time, and ends on
// a stop. Errors: those of AgentDatabase::open() and may_begin_anew(); transient: stopped.
[[nodiscard]] Result<std::unique_ptr<store::AgentDatabase>> open_database(
    const config::Settings& settings, const Surroundings& surroundings);

}  // namespace certconnector::app
