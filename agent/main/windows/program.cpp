#include "agent/main/program.h"

#include <iostream>
#include <string>

#include "agent/main/log_destination.h"
#include "agent/main/run_agent.h"
#include "agent/main/windows/events.h"
#include "agent/platform/files.h"
#include "agent/platform/service_controls.h"
#include "agent/platform/service_manager.h"
#include "agent/platform/windows/console.h"
#include "agent/platform/windows/default_log.h"
#include "agent/platform/windows/event_log.h"
#include "agent/platform/windows/service_name.h"
#include "agent/platform/windows/service_process.h"
#include "agent/platform/windows/service_registration.h"

namespace certconnector {
namespace {

int complain(const Error& error) {
  std::cerr << "certconnectord: " << error.message() << "\n";
  return app::exit_code(error, app::kDamaged);
}

int run_in_console(const app::RunOptions& options, core::CrashPoints& crash_points) {
  const auto events = platform::signal_controls();
  if (!events.ok()) return complain(events.error());
  const auto service_manager = platform::service_manager();
  return app::run(options, {**events, *service_manager, crash_points, log_destination({})});
}

// The log's file, and what an administrator has to see in the event viewer. `event_log` outlives
// it.
app::LogTarget service_log(const platform::EventLog& event_log) {
  app::LogTarget target = log_destination(platform::default_log_file());
  target.beside = [&event_log](log::Level level, std::string_view event, const std::string& line) {
    const auto shown = windows_event(level, event);
    if (shown) event_log.report(shown->kind, shown->id, line);
  };
  return target;
}

int run_under_manager(const app::RunOptions& options, core::CrashPoints& crash_points) {
  const platform::EventLog event_log(platform::kServiceName);
  const auto code = platform::run_as_service(
      [&](platform::ServiceControls& events, const platform::ServiceManager& manager) {
        return app::run(options, {events, manager, crash_points, service_log(event_log)});
      });
  return code.ok() ? *code : complain(code.error());
}

struct Account {
  std::string name;
  std::string password_file;
};

int install(const app::RunOptions& options, const Account& account) {
  platform::ServiceSetUp set_up{
      platform::own_program(), options.configuration_file, account.name, {}};
  if (!account.password_file.empty()) {
    auto password = platform::read_passphrase_file(account.password_file);
    if (!password.ok()) return complain(password.error());
    set_up.password = std::move(*password);
  }
  const Status installed = platform::install_service(set_up);
  if (!installed.ok()) return complain(installed.error());
  std::cout << "The service is installed. Write its configuration, " << options.configuration_file
            << ", then:\n  sc start CertificateConnector\n";
  return app::kOk;
}

int uninstall() {
  const Status removed = platform::uninstall_service();
  if (!removed.ok()) return complain(removed.error());
  std::cout << "The service is removed. Its configuration, keys and database stay.\n";
  return app::kOk;
}

}  // namespace

int run_program(int argc, char** argv, core::CrashPoints& crash_points) {
  Account account;
  const PlatformPart part{
      [&](const app::RunOptions& options) { return run_in_console(options, crash_points); },
      {{"service", "run as the service; the service control manager starts it so",
        [&](const app::RunOptions& options) { return run_under_manager(options, crash_points); }},
       {"install", "enter the service, which the system then starts, and make its folders",
        [&](const app::RunOptions& options) { return install(options, account); }},
       {"uninstall", "stop the service and remove it; its files stay",
        [](const app::RunOptions&) { return uninstall(); }}},
      {{"account", "NAME", "with --install: the service's account (default: a separate one)",
        &account.name},
       {"password-file", "FILE", "with --install: the file with that account's password",
        &account.password_file}}};
  return run_agent(argc, argv, part);
}

}  // namespace certconnector
