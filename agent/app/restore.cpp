#include <iostream>

#include "agent/app/backup.h"
#include "agent/app/load_configuration.h"
#include "agent/app/run.h"
#include "agent/platform/files.h"
#include "agent/platform/instance_lock.h"

namespace certconnector::app {
namespace {

int complain(const Error& error, int code) {
  std::cerr << "certconnectord: " << error.message() << "\n";
  return code;
}

}  // namespace

int restore(const RunOptions& options, const std::string& folder, bool force) {
  const auto settings = load_configuration(options.configuration_file);
  if (!settings.ok()) return complain(settings.error(), kConfiguration);
  const Status made = platform::make_folder(settings->agent.state_dir);
  if (!made.ok()) return complain(made.error(), exit_code(made.error(), kDamaged));
  // Held until the end: no agent may start on half-replaced files.
  const auto lock = platform::InstanceLock::take(settings->agent.state_dir);
  if (!lock.ok()) return complain(lock.error(), exit_code(lock.error(), kDamaged));
  const auto restored = restore_backup(folder, *settings, force);
  if (!restored.ok()) return complain(restored.error(), exit_code(restored.error(), kDamaged));
  for (const std::string& path : *restored) std::cout << "restored " << path << "\n";
  std::cout
      << "The files belong to the user who ran this. Before the service starts, give them to it: "
         "chown -R certconnector: "
      << settings->agent.state_dir << "\n";
  return kOk;
}

}  // namespace certconnector::app
