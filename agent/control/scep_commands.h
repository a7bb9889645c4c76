// Commands about the SCEP services and their enrollments.
#pragma once

#include "agent/control/command_context.h"
#include "common/result/result.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] control_proto::ScepService to_wire(const ScepServiceView& service);

[[nodiscard]] Result<control_proto::ScepListResult> list_scep(
    const CommandContext& context, const control_proto::NoArguments& arguments);
[[nodiscard]] Result<control_proto::ScepCapsResult> scep_caps(
    const CommandContext& context, const control_proto::ScepArguments& arguments);
[[nodiscard]] Result<control_proto::ScepExplainResult> explain_enrollment(
    const CommandContext& context, const control_proto::ScepExplainArguments& arguments);
[[nodiscard]] Result<control_proto::ScepTestResult> test_scep(
    const CommandContext& context, const control_proto::ScepTestArguments& arguments);

}  // namespace certconnector::control
