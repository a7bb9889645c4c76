// Commands about the agent as a whole: status, identity, running, backup, configuration.
#pragma once

#include "agent/control/command_context.h"
#include "common/result/result.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::StatusResult> status(
    const CommandContext& context, const control_proto::NoArguments& arguments);
[[nodiscard]] Result<control_proto::HealthResult> health(
    const CommandContext& context, const control_proto::NoArguments& arguments);
[[nodiscard]] Result<control_proto::VersionResult> version(
    const CommandContext& context, const control_proto::NoArguments& arguments);

[[nodiscard]] Result<control_proto::IdentityResult> enroll(
    const CommandContext& context, const control_proto::EnrollArguments& arguments);
[[nodiscard]] Result<control_proto::IdentityResult> show_identity(
    const CommandContext& context, const control_proto::NoArguments& arguments);
[[nodiscard]] Result<control_proto::IdentityResult> renew_identity(
    const CommandContext& context, const control_proto::NoArguments& arguments);

[[nodiscard]] Result<control_proto::RunStateResult> pause(
    const CommandContext& context, const control_proto::NoArguments& arguments);
[[nodiscard]] Result<control_proto::RunStateResult> resume(
    const CommandContext& context, const control_proto::NoArguments& arguments);
[[nodiscard]] Result<control_proto::RunStateResult> drain(
    const CommandContext& context, const control_proto::NoArguments& arguments);

[[nodiscard]] Result<control_proto::BackupResult> backup(
    const CommandContext& context, const control_proto::BackupArguments& arguments);
[[nodiscard]] Result<control_proto::ConfigShowResult> show_configuration(
    const CommandContext& context, const control_proto::NoArguments& arguments);

}  // namespace certconnector::control
