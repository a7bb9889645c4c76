// Commands about the agent as a whole: status, identity, running, backup, configuration.
#pragma once

#include "agent/control/backup_operations.h"
#include "agent/control/configuration_operations.h"
#include "agent/control/identity_operations.h"
#include "agent/control/operating_mode_operations.h"
#include "agent/control/reload_operations.h"
#include "agent/control/scep_operations.h"
#include "agent/control/status_operations.h"
#include "common/result/result.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::StatusResult> status(
    const control_proto::NoArguments& arguments, StatusOperations& agent, ScepOperations& scep,
    const Clock& clock);
[[nodiscard]] Result<control_proto::HealthResult> health(
    const control_proto::NoArguments& arguments, StatusOperations& agent, ScepOperations& scep,
    const Clock& clock);
[[nodiscard]] Result<control_proto::VersionResult> version(
    const control_proto::NoArguments& arguments, StatusOperations& agent);

[[nodiscard]] Result<control_proto::IdentityResult> enroll(
    const control_proto::EnrollArguments& arguments, IdentityOperations& identities);
[[nodiscard]] Result<control_proto::IdentityResult> show_identity(
    const control_proto::NoArguments& arguments, StatusOperations& agent);
[[nodiscard]] Result<control_proto::IdentityResult> renew_identity(
    const control_proto::NoArguments& arguments, IdentityOperations& identities);

[[nodiscard]] Result<control_proto::ReloadResult> reload(const control_proto::NoArguments&,
                                                         ReloadOperations& reloads);
[[nodiscard]] Result<control_proto::RunStateResult> pause(
    const control_proto::NoArguments& arguments, OperatingModeOperations& mode,
    StatusOperations& agent);
[[nodiscard]] Result<control_proto::RunStateResult> resume(
    const control_proto::NoArguments& arguments, OperatingModeOperations& mode,
    StatusOperations& agent);
[[nodiscard]] Result<control_proto::RunStateResult> drain(
    const control_proto::NoArguments& arguments, OperatingModeOperations& mode,
    StatusOperations& agent);
[[nodiscard]] Result<control_proto::RunStateResult> accept_clock(
    const control_proto::NoArguments& arguments, OperatingModeOperations& mode,
    StatusOperations& agent);

[[nodiscard]] Result<control_proto::BackupResult> backup(
    const control_proto::BackupArguments& arguments, BackupOperations& backups);
[[nodiscard]] Result<control_proto::BackupProgressResult> backup_progress(
    const control_proto::NoArguments& arguments, BackupOperations& backups);
[[nodiscard]] Result<control_proto::ConfigShowResult> show_configuration(
    const control_proto::NoArguments& arguments, ConfigurationOperations& configuration);

}  // namespace certconnector::control
