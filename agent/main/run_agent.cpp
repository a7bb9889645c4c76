#include "agent/main/run_agent.h"

#include <boost/program_options.hpp>
#include <iostream>

#include "agent/app/version.h"
#include "agent/doctor/doctor.h"
#include "agent/platform/defaults.h"
#include "agent/platform/words.h"

namespace certconnector {
namespace {

namespace po = boost::program_options;

constexpr const char* kIntroduction =
    "certconnectord fetches issue and revoke jobs from a management endpoint, runs them against a "
    "certificate\n"
    "authority in this network, and reports each outcome. Where it is set up to, it answers "
    "devices by SCEP\n"
    "and the policy module of NDES. certconnector(1) controls it.\n\n"
    "Usage: certconnectord [--config FILE]\n"
    "       certconnectord [--config FILE] --check-config [--json]\n"
    "       certconnectord [--config FILE] --doctor|--check-state [--area NAME]... [--json]\n"
    "       certconnectord [--config FILE] --restore DIR [--force] [--accept-loss] [--json]\n"
    "       certconnectord [--config FILE] --salvage\n"
    "       certconnectord [--config FILE] --compact\n\n";
std::string examples() {
  const std::string& as_its_user = platform::service_commands().agent_as_its_user;
  return std::string(
             "\nExamples:\n"
             "  certconnectord --check-config             name every mistake in the configuration\n"
             "  certconnectord --config /srv/cc/cc.conf   run with another configuration\n"
             "  certconnectord --restore ") +
         platform::defaults().backup_folder +
         "/monday\n"
         "                                            put a backup back, while the agent does not "
         "run\n"
         "  " +
         as_its_user +
         " --salvage\n"
         "                                            save what can be read in a damaged database, "
         "while the\n"
         "                                            agent does not run\n"
         "  " +
         as_its_user +
         " --compact\n"
         "                                            make the database smaller, while the agent "
         "does not run\n\n"
         "Exit codes: 0 ok, 64 wrong arguments, 65 --salvage or --restore worked and something is "
         "lost,\n"
         "74 a file or database cannot be used, 75 something that may pass by itself (another "
         "agent on this "
         "state folder, a full\n"
         "disk, an address in use), 78 wrong configuration or "
         "identity.\n";
}

po::options_description known_options(app::RunOptions& options, app::RestoreOptions& restore,
                                      std::vector<std::string>& areas,
                                      const PlatformPart& platform) {
  po::options_description known("Options");
  const std::string configuration =
      std::string("configuration (default: ") + platform::defaults().configuration_file + ")";
  auto add = known.add_options();
  add("config", po::value(&options.configuration_file)->value_name("FILE"), configuration.c_str());
  add("check-config", "check the configuration and end");
  add("doctor", "look at the whole set-up, and end: configuration, files, certificates, network");
  add("check-state", "the part of that which the agent's user sees, and end");
  add("area", po::value(&areas)->value_name("NAME"), "with --doctor and --check-state: this alone");
  add("restore", po::value(&restore.folder)->value_name("DIR"), "restore a backup and end");
  add("salvage", "make a new database of what can be read in a damaged one, and end");
  add("compact", "give the free pages of the database back to the disk, and end");
  add("force", "with --restore: replace files that are there");
  add("accept-loss", "with --restore: go on although a state newer than the backup is gone");
  add("json",
      "with --check-config, --doctor, --check-state and --restore: print the result as JSON");
  for (const Errand& errand : platform.errands) add(errand.option, errand.help);
  for (const ErrandValue& value : platform.values)
    add(value.option, po::value(value.value)->value_name(value.value_name), value.help);
  add("version", "print the version and end");
  add("help,h", "print this and end");
  return known;
}

int refuse(const std::string& what) {
  std::cerr << "certconnectord: " << what << "; see certconnectord --help\n";
  return app::kUsage;
}

}  // namespace

int run_agent(int argc, char** argv, const PlatformPart& platform) {
  app::RunOptions options;
  app::RestoreOptions restore;
  std::vector<std::string> areas;
  const po::options_description known = known_options(options, restore, areas, platform);
  po::variables_map given;
  try {
    po::store(po::command_line_parser(argc, argv).options(known).positional({}).run(), given);
    po::notify(given);
  } catch (const po::error& e) {
    return refuse(e.what());
  }
  if (given.count("help") != 0) {
    std::cout << kIntroduction << known << examples();
    return app::kOk;
  }
  if (given.count("version") != 0) {
    std::cout << "certconnectord " << app::kVersion << "\n";
    return app::kOk;
  }
  const bool restores = !restore.folder.empty();
  const bool examines = given.count("doctor") + given.count("check-state") != 0;
  if (given.count("json") != 0 && !restores && !examines && given.count("check-config") == 0)
    return refuse("--json goes with --check-config, --doctor, --check-state or --restore");
  if (!areas.empty() && !examines) return refuse("--area goes with --doctor or --check-state");
  for (const char* of_restore : {"force", "accept-loss"}) {
    if (given.count(of_restore) != 0 && !restores)
      return refuse("--" + std::string(of_restore) + " goes with --restore");
  }
  if (given.count("salvage") + given.count("compact") + (restores ? 1U : 0U) > 1)
    return refuse("--salvage, --compact and --restore exclude each other");
  if (given.count("check-config") != 0)
    return app::check_configuration(options, given.count("json") != 0);
  if (examines) {
    return doctor::run_doctor(
        options,
        {given.count("doctor") == 0, {areas.begin(), areas.end()}, given.count("json") != 0});
  }
  restore.force = given.count("force") != 0;
  restore.accept_loss = given.count("accept-loss") != 0;
  restore.json = given.count("json") != 0;
  if (!restore.folder.empty()) return app::restore(options, restore);
  if (given.count("salvage") != 0) return app::salvage(options);
  if (given.count("compact") != 0) return app::compact(options);
  for (const Errand& errand : platform.errands) {
    if (given.count(errand.option) != 0) return errand.run(options);
  }
  return platform.run_service(options);
}

}  // namespace certconnector
