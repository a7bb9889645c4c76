// Commands about the certificates that were issued.
#pragma once

#include "agent/control/command_context.h"
#include "common/result/result.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::CertsListResult> list_certificates(
    const CommandContext& context, const control_proto::CertsListArguments& arguments);
[[nodiscard]] Result<control_proto::CertShowResult> show_certificate(
    const CommandContext& context, const control_proto::CertArguments& arguments);
[[nodiscard]] Result<control_proto::CertRevokeResult> revoke_certificate(
    const CommandContext& context, const control_proto::CertRevokeArguments& arguments);

}  // namespace certconnector::control
