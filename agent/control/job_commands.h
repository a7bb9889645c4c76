// Commands about jobs.
#pragma once

#include "agent/control/caller.h"
#include "agent/control/job_operations.h"
#include "agent/control/status_operations.h"
#include "agent/core/ports/job_store.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::JobsListResult> list_jobs(
    const control_proto::JobsListArguments& arguments, core::JobStore& store,
    StatusOperations& agent);
[[nodiscard]] Result<control_proto::JobsShowResult> show_jobs(
    const control_proto::JobArguments& arguments, core::JobStore& store, StatusOperations& agent);
[[nodiscard]] Result<control_proto::JobsExplainResult> explain_jobs(
    const control_proto::JobArguments& arguments, core::JobStore& store, StatusOperations& agent,
    const Clock& clock);

[[nodiscard]] Result<control_proto::JobChangedResult> retry_job(
    const control_proto::JobArguments& arguments, core::JobStore& store, JobOperations& jobs,
    const Clock& clock, const Caller& caller);
[[nodiscard]] Result<control_proto::JobChangedResult> cancel_job(
    const control_proto::JobArguments& arguments, core::JobStore& store, JobOperations& jobs,
    const Clock& clock, const Caller& caller);
[[nodiscard]] Result<control_proto::JobChangedResult> approve_job(
    const control_proto::JobArguments& arguments, core::JobStore& store, JobOperations& jobs,
    const Clock& clock, const Caller& caller);
[[nodiscard]] Result<control_proto::JobChangedResult> deny_job(
    const control_proto::JobDenyArguments& arguments, core::JobStore& store, JobOperations& jobs,
    const Clock& clock, const Caller& caller);

}  // namespace certconnector::control
