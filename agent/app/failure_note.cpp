#include "agent/app/failure_note.h"

#include <algorithm>
#include <utility>

#include "agent/app/load_configuration.h"
#include "agent/config/configuration.h"
#include "agent/config/ini.h"
#include "agent/control/transport_errors.h"
#include "agent/platform/control_address.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/last_failure.h"
#include "agent/platform/paths.h"
#include "common/time/clock.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

bool another_agent_runs(const Error& error) {
  return error.code() == platform::error_code(platform::PlatformErrc::busy) ||
         error.code() == control::error_code(control::TransportErrc::in_use);
}

// Of a file with mistakes: its folders where it names them well.
void take_folders(const std::string& text, config::AgentSettings& agent) {
  std::vector<config::Problem> ignored;
  for (const config::Entry& entry : config::read_ini(text, ignored).entries) {
    if (entry.section != "agent" || !platform::is_absolute_path(entry.value)) continue;
    if (entry.key == "state_dir") agent.state_dir = entry.value;
    if (entry.key == "runtime_dir") agent.runtime_dir = entry.value;
    if (entry.key == "socket") agent.socket = entry.value;
  }
}

std::string note_in(const std::string& folder) {
  return platform::join_path(folder, platform::kLastFailureFile);
}

}  // namespace

void FailureNote::write(const Error& error, int exit_code) const {
  if (another_agent_runs(error) || beside_another_agent()) return;
  const std::string text =
      platform::encode({to_rfc3339(SystemClock().wall()), exit_code, service_, with_remedy(error)});
  for (const std::string& folder : folders_) {
    if (!platform::file_exists(folder)) continue;
    (void)platform::write_file_atomically(note_in(folder), text, platform::FileMode::private_group);
  }
}

// A start that ended before it tried the lock, as one by hand with mistakes in the file.
bool FailureNote::beside_another_agent() const {
  return std::any_of(folders_.begin(), folders_.end(), platform::InstanceLock::is_taken_by_another);
}

void FailureNote::remove() const {
  for (const std::string& folder : folders_) (void)platform::remove_file(note_in(folder));
}

std::vector<std::string> note_folders(const config::AgentSettings& agent) {
  std::vector<std::string> folders{agent.state_dir};
  if (auto folder = platform::folder_of_address(agent.socket))
    folders.push_back(*std::move(folder));
  return folders;
}

std::vector<std::string> note_folders(const RunOptions& options, const Error& error) {
  const platform::Defaults& defaults = platform::defaults();
  config::AgentSettings agent;
  // A file that others may write names no folder.
  const auto text =
      platform::read_trusted_file(options.configuration_file, config::kMaxConfigurationSize);
  if (error.code() == error_code(ConfigurationErrc::wrong) && text.ok()) {
    take_folders(*text, agent);
  } else if (options.configuration_file != defaults.configuration_file) {
    return {};
  }
  if (agent.socket.empty()) agent.socket = platform::control_address(agent.runtime_dir);
  return note_folders(agent);
}

std::string with_remedy(const Error& error) {
  if (error.code().remedy.empty()) return error.message();
  return error.message() + ". " + std::string(error.code().remedy);
}

}  // namespace certconnector::app
