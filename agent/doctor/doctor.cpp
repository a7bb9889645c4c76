#include "agent/doctor/doctor.h"

#include <algorithm>
#include <iostream>

#include "agent/app/load_configuration.h"
#include "agent/doctor/report.h"
#include "agent/doctor/stages.h"
#include "agent/platform/service_user.h"

namespace certconnector::doctor {
namespace {

void add_mistakes(const std::vector<config::Problem>& mistakes, const std::string& file,
                  Examination& examination) {
  for (const config::Problem& one : mistakes) {
    std::string place = file;
    if (one.line > 0) place += ":" + std::to_string(one.line);
    examination.add(check::kConfigurationFile, Verdict::failed, std::move(place), one.text,
                    "Correct it, then check again: certconnector config check");
  }
}

// As the caller: root looks for the agent's user in it.
std::optional<config::Settings> read_settings(const std::string& file, Examination& examination) {
  auto reading = app::read_configuration(file);
  if (!reading.ok()) {
    examination.failed(check::kConfigurationFile, file, reading.error(),
                       "Make the file readable, or name another one with --config FILE");
    return std::nullopt;
  }
  if (!reading->settings) {
    add_mistakes(reading->problems, file, examination);
    return std::nullopt;
  }
  examination.ok(check::kConfigurationFile, file, "it has no mistake");
  return std::move(*reading->settings);
}

// Whether the checks of the state may go on.
bool become_the_agent(const Subject& subject, Examination& examination) {
  const std::string& state = subject.settings.agent.state_dir;
  const Status became = platform::become_agents_user(state, subject.configuration_file);
  if (!became.ok()) {
    examination.failed(check::kFilesUser, state, became.error(),
                       "Give the state folder to the agent's user");
    return false;
  }
  const auto reading = app::read_configuration(subject.configuration_file);
  if (!reading.ok()) {
    examination.failed(check::kFilesUser, subject.configuration_file, reading.error(),
                       "Let the agent's user read it");
    return false;
  }
  if (platform::is_root()) {
    examination.add(check::kFilesUser, Verdict::unknown, state,
                    "root has looked, since the state is root's or is not there yet",
                    "Where the service has its own user, look as that user");
  } else {
    examination.ok(check::kFilesUser, state, "the user that the agent runs as has looked");
  }
  return true;
}

}  // namespace

void examine(const app::RunOptions& options, bool state_alone, const Parts& parts,
             Examination& examination) {
  // It needs no configuration: an NDES may be on another machine than the agent.
  if (!state_alone) {
    examine_windows(parts, examination);
    examine_ndes(parts, examination);
  }
  const auto settings = read_settings(options.configuration_file, examination);
  if (!settings) return;
  const Subject subject{options.configuration_file, *settings};
  if (!state_alone) {
    examine_agent(subject, parts, examination);
    examine_listeners(subject, parts, examination);
  }
  if (!become_the_agent(subject, examination)) return;
  examine_notes(subject, examination);
  examine_files(subject, parts, examination);
  examine_disk(subject, parts, examination);
  examine_database(subject, examination);
  examine_certificates(subject, parts, examination);
  examine_clock(parts, examination);
  examine_endpoint(subject, parts, examination);
  examine_web(subject, parts, examination);
}

int run_doctor(const app::RunOptions& options, const DoctorOptions& wanted) {
  const std::vector<std::string> areas = all_areas();
  for (const std::string& area : wanted.areas) {
    if (std::find(areas.begin(), areas.end(), area) != areas.end()) continue;
    std::cerr << "certconnectord: there is no area " << area << "; the areas are:";
    for (const std::string& one : areas) std::cerr << ' ' << one;
    std::cerr << '\n';
    return app::kUsage;
  }
  const SystemClock clock;
  const auto store = keys::machine_store();
  Examination examination(wanted.areas);
  examine(options, wanted.state_alone, parts_of_machine(clock, *store), examination);
  if (wanted.json) {
    print_json(std::cout, examination);
  } else {
    print(std::cout, examination);
  }
  switch (examination.worst()) {
    case Verdict::failed:
      return kFailures;
    case Verdict::warning:
      return kWarnings;
    default:
      return kWell;
  }
}

}  // namespace certconnector::doctor
