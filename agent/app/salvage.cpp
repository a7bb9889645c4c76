#include "agent/store/sqlite/salvage.h"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "agent/app/ca_backends.h"
#include "agent/app/database_bonds.h"
#include "agent/app/known_cas.h"
#include "agent/app/load_configuration.h"
#include "agent/app/progress.h"
#include "agent/app/restore_stage.h"
#include "agent/app/run.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/paths.h"
#include "agent/platform/shared_owner.h"
#include "agent/platform/words.h"
#include "common/time/clock.h"

namespace certconnector::app {
namespace {

int complain(const Error& error) {
  std::cerr << "certconnectord: " << error.message() << "\n";
  return exit_code(error, kDamaged);
}

// Names were read from a damaged file.
std::string printable(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return name;
}

void print_count(const store::SalvageCount& count) {
  std::cout << "  " << count.kind << ": " << count.copied << " came over, ";
  if (count.lost == 0)
    std::cout << (count.more_lost ? "an unknown number is lost" : "none is lost");
  if (count.lost != 0) std::cout << count.lost << (count.more_lost ? " or more" : "") << " lost";
  std::cout << "\n";
  for (const std::string& name : count.names) std::cout << "    lost: " << printable(name) << "\n";
  if (count.names.size() < count.lost && !count.names.empty()) std::cout << "    ...\n";
}

void print(const store::SalvageReport& report, const std::string& state_dir) {
  std::cout << "Salvage into " << platform::join_path(state_dir, "agent.db") << ":\n";
  for (const store::SalvageCount& count : report.counts) print_count(count);
  for (const std::string& note : report.notes) std::cout << note << ".\n";
  for (const std::string& path : report.damaged) {
    std::cout << "The file from before is " << path << ". Keep it until you know what was lost.\n";
  }
  std::cout << (report.complete()
                    ? "Nothing is lost.\n"
                    : "Compare with the last backup: it may hold what is lost here.\n");
  std::cout << "Next:\n  " << platform::service_commands().start << "\n  certconnector status\n";
}

}  // namespace

int salvage(const RunOptions& options) {
  const auto settings = load_configuration(options.configuration_file);
  if (!settings.ok()) {
    std::cerr << "certconnectord: " << settings.error().message();
    return kConfiguration;
  }
  // Held until the end: no agent may start on half-replaced files.
  const auto lock = platform::InstanceLock::take(settings->agent.state_dir);
  if (!lock.ok()) return complain(lock.error());
  const Status whole = refuse_half_of_a_restore(*settings);
  if (!whole.ok()) return complain(whole.error());
  ProgressLine progress("salvage");
  store::SalvageOptions wanted;
  wanted.state_dir = settings->agent.state_dir;
  wanted.now = SystemClock().wall();
  wanted.report = [&progress](const store::SalvageProgress& step) {
    return progress({step.step, step.done, step.total});
  };
  std::vector<std::string> unreadable;
  wanted.cas = read_known_cas(*settings, unreadable);
  for (const std::string& ca : unreadable) {
    std::cerr << "certconnectord: the CRL of CA " << ca
              << " cannot be read; the salvage goes on without it\n";
  }
  const auto report = store::salvage(wanted);
  if (!report.ok()) return complain(report.error());
  const Status forgotten = forget_databases_of_cas(*settings, ca_backends());
  if (!forgotten.ok()) return complain(forgotten.error());
  const auto given = platform::give_to_owner(settings->agent.state_dir);
  if (!given.ok()) return complain(given.error());
  print(*report, settings->agent.state_dir);
  return report->complete() ? kOk : kLost;
}

}  // namespace certconnector::app
