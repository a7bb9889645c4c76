#include <iostream>
#include <nlohmann/json.hpp>

#include "agent/app/load_configuration.h"
#include "agent/app/restore_backup.h"
#include "agent/app/run.h"
#include "agent/platform/files.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/shared_owner.h"
#include "agent/platform/words.h"
#include "common/time/clock.h"
#include "proto/control/document.h"
#include "proto/json/json.h"

namespace certconnector::app {
namespace {

class RestoreOutput {
 public:
  RestoreOutput(const RestoreOptions& wanted, std::string state_dir)
      : wanted_(wanted), state_dir_(std::move(state_dir)) {}

  [[nodiscard]] int complain(const Error& error, int code) const {
    // That of a configuration is lines.
    const std::string message =
        error.message().substr(0, error.message().find_last_not_of('\n') + 1);
    if (wanted_.json) {
      std::cout << control_proto::error_document(
                       {std::string(error.code().name), message, std::string(error.code().remedy)})
                << "\n";
    } else {
      std::cerr << "certconnectord: " << message << "\n";
    }
    return code;
  }

  // The files are those of the state folder's owner.
  void given() { given_ = true; }

  void print(const RestoreReport& report) const {
    if (wanted_.json) {
      print_json(report);
    } else {
      print_text(report);
    }
  }

 private:
  static void print_json(const RestoreReport& report) {
    nlohmann::json from_backup = nlohmann::json::object();
    for (const auto& [kind, count] : report.from_backup) from_backup[kind] = count;
    std::cout << control_proto::success_document(json::dump({{"restored", report.restored},
                                                             {"kept", report.kept},
                                                             {"newer", report.newer},
                                                             {"from_backup", from_backup},
                                                             {"notes", report.notes},
                                                             {"lost", report.lost}}))
              << "\n";
  }

  void print_text(const RestoreReport& report) const {
    for (const std::string& path : report.restored) std::cout << "restored " << path << "\n";
    for (const auto& [kind, count] : report.from_backup) {
      if (count != 0) std::cout << "from the backup: " << count << " " << kind << "\n";
    }
    for (const std::string& note : report.notes) std::cout << note << ".\n";
    if (!report.kept.empty()) {
      std::cout << "The files from before are in " << report.kept
                << ". It holds private keys. Remove it when you are sure of the new state.\n";
    }
    if (given_) return;
    std::cout << "The files belong to the user who ran this. Before the service starts, give them "
                 "to it: "
              << platform::command_that_gives_to_service(state_dir_) << "\n";
  }

  const RestoreOptions& wanted_;
  std::string state_dir_;
  bool given_ = false;
};

}  // namespace

int restore(const RunOptions& options, const RestoreOptions& wanted) {
  const auto settings = load_configuration(options.configuration_file);
  if (!settings.ok()) return RestoreOutput(wanted, {}).complain(settings.error(), kConfiguration);
  RestoreOutput output(wanted, settings->agent.state_dir);
  const auto fail = [&](const Error& error) {
    return output.complain(error, exit_code(error, kDamaged));
  };
  const Status made = platform::make_folder(settings->agent.state_dir);
  if (!made.ok()) return fail(made.error());
  // Held until the end: no agent may start on half-replaced files.
  const auto lock = platform::InstanceLock::take(settings->agent.state_dir);
  if (!lock.ok()) return fail(lock.error());
  ProgressLine progress("restore");
  RestoreWishes wishes;
  wishes.folder = wanted.folder.substr(0, wanted.folder.find_last_not_of('/') + 1);
  wishes.force = wanted.force;
  wishes.accept_loss = wanted.accept_loss;
  wishes.now = SystemClock().wall();
  wishes.report = [&progress](const StepProgress& step) { return progress(step); };
  const auto restored = restore_backup(wishes, *settings);
  if (!restored.ok()) return fail(restored.error());
  const auto given = platform::give_to_owner(settings->agent.state_dir);
  if (!given.ok()) return fail(given.error());
  if (*given) output.given();
  output.print(*restored);
  return restored->lost ? kLost : kOk;
}

}  // namespace certconnector::app
