#include "agent/app/run.h"

#include <iostream>
#include <utility>

#include "agent/app/errors.h"
#include "agent/app/failure_note.h"
#include "agent/app/load_configuration.h"
#include "agent/app/service.h"
#include "agent/platform/files.h"
#include "agent/platform/own_user.h"
#include "agent/platform/paths.h"
#include "agent/platform/process_environment.h"
#include "agent/platform/process_limits.h"

namespace certconnector::app {
namespace {

// Before there is a log.
int complain(const LogTarget& target, const std::string& text, int code) {
  if (target.beside) target.beside(log::Level::error, "agent.failed", text);
  std::cerr << "certconnectord: " << text << (text.empty() || text.back() != '\n' ? "\n" : "");
  return code;
}

std::string as_its_user(const Error& error) {
  return with_remedy({AppErrc::not_for_root, error.kind(), error.message()});
}

// Where the agent may make no file in the folder, another program renames the log's.
bool may_rotate(const std::string& file) {
  return !file.empty() && platform::check_makes_files(platform::parent_path(file)).ok();
}

log::LogOptions log_options(const config::LogSettings& settings, const LogTarget& target) {
  log::LogOptions options;
  options.level = settings.level;
  options.format =
      settings.format == config::LogFormat::json ? log::Format::json : log::Format::text;
  options.file = settings.file.empty() ? target.default_file : settings.file;
  options.rotate_bytes = may_rotate(options.file) ? settings.rotate_size : 0;
  options.keep = settings.keep;
  options.journal = target.journal;
  options.may_open = target.may_open;
  options.opened = target.file_opened;
  options.beside = target.beside;
  return options;
}

}  // namespace

ExitCode exit_code(const Error& error, ExitCode otherwise) {
  switch (error.kind()) {
    case ErrorKind::transient:
      return kTemporary;
    case ErrorKind::corrupt:
      return kDamaged;
    case ErrorKind::permanent:
    case ErrorKind::denied:
      break;
  }
  return otherwise;
}

int run(const RunOptions& options, const RunParts& parts) {
  for (const Status& prepared : {platform::protect_process_memory(), platform::raise_file_limit(),
                                 platform::leave_out_system_trust_store()}) {
    if (!prepared.ok()) return complain(parts.log_target, prepared.error().message(), kDamaged);
  }
  const bool service = parts.service_manager.present();
  const auto settings = load_configuration(options.configuration_file);
  if (!settings.ok()) {
    const FailureNote note(note_folders(options, settings.error()), service);
    note.write(settings.error(), kConfiguration);
    return complain(parts.log_target, settings.error().message(), kConfiguration);
  }
  const Status by_its_user = platform::refuse_root_for_another(settings->agent.state_dir);
  // Before root makes a log file, or writes a note in the place of the service's.
  if (!by_its_user.ok())
    return complain(parts.log_target, as_its_user(by_its_user.error()), kDamaged);
  const FailureNote note(note_folders(settings->agent), service);
  const auto logger = log::make_logger(log_options(settings->log, parts.log_target));
  if (!logger.ok()) {
    note.write(logger.error(), kConfiguration);
    return complain(parts.log_target, logger.error().message(), kConfiguration);
  }
  return serve(*settings, {options.configuration_file, parts.events, parts.service_manager,
                           parts.crash_points, **logger, &note, !settings->log.file.empty()});
}

}  // namespace certconnector::app
