// Commands about jobs.
#pragma once

#include "agent/control/command_context.h"
#include "common/result/result.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::JobsListResult> list_jobs(
    const CommandContext& context, const control_proto::JobsListArguments& arguments);
[[nodiscard]] Result<control_proto::JobsShowResult> show_jobs(
    const CommandContext& context, const control_proto::JobArguments& arguments);
[[nodiscard]] Result<control_proto::JobsExplainResult> explain_jobs(
    const CommandContext& context, const control_proto::JobArguments& arguments);

[[nodiscard]] Result<control_proto::JobChangedResult> retry_job(
    const CommandContext& context, const control_proto::JobArguments& arguments);
[[nodiscard]] Result<control_proto::JobChangedResult> cancel_job(
    const CommandContext& context, const control_proto::JobArguments& arguments);
[[nodiscard]] Result<control_proto::JobChangedResult> approve_job(
    const CommandContext& context, const control_proto::JobArguments& arguments);
[[nodiscard]] Result<control_proto::JobChangedResult> deny_job(
    const CommandContext& context, const control_proto::JobDenyArguments& arguments);

}  // namespace certconnector::control
