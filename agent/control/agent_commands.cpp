#include "agent/control/agent_commands.h"

#include "agent/control/request_errors.h"
#include "agent/control/scep_commands.h"
#include "agent/control/scep_findings.h"
#include "agent/control/wire.h"
#include "agent/platform/paths.h"
#include "proto/control/envelope.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

void add_findings(std::vector<core::HealthFinding>& findings,
                  const std::vector<ScepServiceView>& services, Timestamp wall) {
  const auto more = scep_findings(services, wall);
  findings.insert(findings.end(), more.begin(), more.end());
}

}  // namespace

Result<wire::StatusResult> status(const wire::NoArguments&, StatusOperations& agent,
                                  ScepOperations& scep, const Clock& clock) {
  const Timestamp wall = clock.wall();
  StatusView view = agent.status();
  const auto services = scep.services();
  add_findings(view.health, services, wall);
  wire::StatusResult result = to_wire(view, wall);
  for (const auto& service : services) result.scep.push_back(to_wire(service));
  return result;
}

Result<wire::HealthResult> health(const wire::NoArguments&, StatusOperations& agent,
                                  ScepOperations& scep, const Clock& clock) {
  auto findings = agent.health();
  add_findings(findings, scep.services(), clock.wall());
  return wire::HealthResult{level_name(core::worst(findings)), to_wire(findings)};
}

Result<wire::VersionResult> version(const wire::NoArguments&, StatusOperations& agent) {
  const BuildView build = agent.build();
  const auto known = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::make_optional(text);
  };
  return wire::VersionResult{build.version,        wire::kProtocolVersion, known(build.commit),
                             known(build.openssl), known(build.sqlite),    {}};
}

Result<wire::IdentityResult> enroll(const wire::EnrollArguments& arguments,
                                    IdentityOperations& identities) {
  CC_TRY_ASSIGN(const IdentityView identity, identities.enroll(arguments.token));
  return wire::IdentityResult{to_wire(identity)};
}

Result<wire::IdentityResult> show_identity(const wire::NoArguments&, StatusOperations& agent) {
  const auto identity = agent.identity();
  if (!identity) {
    return Error(RequestErrc::not_enrolled, ErrorKind::permanent,
                 "the agent has no identity: it is not enrolled");
  }
  return wire::IdentityResult{to_wire(*identity)};
}

Result<wire::IdentityResult> renew_identity(const wire::NoArguments&,
                                            IdentityOperations& identities) {
  CC_TRY_ASSIGN(const IdentityView identity, identities.renew_identity());
  return wire::IdentityResult{to_wire(identity)};
}

Result<wire::ReloadResult> reload(const wire::NoArguments&, ReloadOperations& reloads) {
  CC_TRY_ASSIGN(ReloadView view, reloads.reload());
  return wire::ReloadResult{view.at,
                            view.taken,
                            std::move(view.changed),
                            std::move(view.needs_restart),
                            std::move(view.refused),
                            to_wire(view.new_findings)};
}

namespace {

Result<wire::RunStateResult> run_state_after(const Status& change, StatusOperations& agent) {
  if (!change) return change.error();
  return wire::RunStateResult{std::string(jobs::to_string(agent.state()))};
}

}  // namespace

Result<wire::RunStateResult> pause(const wire::NoArguments&, OperatingModeOperations& mode,
                                   StatusOperations& agent) {
  return run_state_after(mode.pause(), agent);
}

Result<wire::RunStateResult> resume(const wire::NoArguments&, OperatingModeOperations& mode,
                                    StatusOperations& agent) {
  return run_state_after(mode.resume(), agent);
}

Result<wire::RunStateResult> drain(const wire::NoArguments&, OperatingModeOperations& mode,
                                   StatusOperations& agent) {
  return run_state_after(mode.drain(), agent);
}

Result<wire::RunStateResult> accept_clock(const wire::NoArguments&, OperatingModeOperations& mode,
                                          StatusOperations& agent) {
  return run_state_after(mode.accept_clock(), agent);
}

Result<wire::BackupResult> backup(const wire::BackupArguments& arguments,
                                  BackupOperations& backups) {
  if (!platform::is_absolute_path(arguments.folder) ||
      arguments.folder.find('\0') != std::string::npos) {
    return Error(RequestErrc::bad_value, ErrorKind::permanent,
                 "the folder of a backup is named by its absolute path");
  }
  CC_TRY(backups.backup(arguments.folder));
  return wire::BackupResult{arguments.folder};
}

Result<wire::BackupProgressResult> backup_progress(const wire::NoArguments&,
                                                   BackupOperations& backups) {
  const BackupProgress progress = backups.progress();
  return wire::BackupProgressResult{progress.step, progress.done, progress.total};
}

Result<wire::ConfigShowResult> show_configuration(const wire::NoArguments&,
                                                  ConfigurationOperations& configuration) {
  ConfigurationView view = configuration.configuration();
  wire::ConfigShowResult result{std::move(view.text), {}};
  for (SettingView& one : view.settings) {
    result.settings.push_back({std::move(one.section), std::move(one.key), std::move(one.value)});
  }
  return result;
}

}  // namespace certconnector::control
