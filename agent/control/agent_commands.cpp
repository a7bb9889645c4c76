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

Result<wire::StatusResult> status(const CommandContext& context, const wire::NoArguments&) {
  const Timestamp wall = context.clock.wall();
  StatusView view = context.agent.status();
  const auto services = context.scep.services();
  add_findings(view.health, services, wall);
  wire::StatusResult result = to_wire(view, wall);
  for (const auto& service : services) result.scep.push_back(to_wire(service));
  return result;
}

Result<wire::HealthResult> health(const CommandContext& context, const wire::NoArguments&) {
  auto findings = context.agent.health();
  add_findings(findings, context.scep.services(), context.clock.wall());
  return wire::HealthResult{level_name(core::worst(findings)), to_wire(findings)};
}

Result<wire::VersionResult> version(const CommandContext& context, const wire::NoArguments&) {
  return wire::VersionResult{context.agent.status().version, wire::kProtocolVersion};
}

Result<wire::IdentityResult> enroll(const CommandContext& context,
                                    const wire::EnrollArguments& arguments) {
  CC_TRY_ASSIGN(const IdentityView identity, context.agent.enroll(arguments.token));
  return wire::IdentityResult{to_wire(identity)};
}

Result<wire::IdentityResult> show_identity(const CommandContext& context,
                                           const wire::NoArguments&) {
  const auto identity = context.agent.status().identity;
  if (!identity) {
    return Error(RequestErrc::not_enrolled, ErrorKind::permanent,
                 "the agent has no identity: it is not enrolled");
  }
  return wire::IdentityResult{to_wire(*identity)};
}

Result<wire::IdentityResult> renew_identity(const CommandContext& context,
                                            const wire::NoArguments&) {
  CC_TRY_ASSIGN(const IdentityView identity, context.agent.renew_identity());
  return wire::IdentityResult{to_wire(identity)};
}

namespace {

Result<wire::RunStateResult> run_state_after(const Status& change, const CommandContext& context) {
  if (!change) return change.error();
  return wire::RunStateResult{run_state_name(context.agent.status().state)};
}

}  // namespace

Result<wire::RunStateResult> pause(const CommandContext& context, const wire::NoArguments&) {
  return run_state_after(context.agent.pause(), context);
}

Result<wire::RunStateResult> resume(const CommandContext& context, const wire::NoArguments&) {
  return run_state_after(context.agent.resume(), context);
}

Result<wire::RunStateResult> drain(const CommandContext& context, const wire::NoArguments&) {
  return run_state_after(context.agent.drain(), context);
}

Result<wire::BackupResult> backup(const CommandContext& context,
                                  const wire::BackupArguments& arguments) {
  if (!platform::is_absolute_path(arguments.folder) ||
      arguments.folder.find('\0') != std::string::npos) {
    return Error(RequestErrc::bad_value, ErrorKind::permanent,
                 "the folder of a backup is named by its absolute path");
  }
  CC_TRY(context.agent.backup(arguments.folder));
  return wire::BackupResult{arguments.folder};
}

Result<wire::ConfigShowResult> show_configuration(const CommandContext& context,
                                                  const wire::NoArguments&) {
  return wire::ConfigShowResult{context.agent.configuration_text()};
}

}  // namespace certconnector::control
