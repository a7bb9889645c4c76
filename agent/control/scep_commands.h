// Commands about the SCEP services and their enrollments.
#pragma once

#include "agent/control/caller.h"
#include "agent/control/certificate_lookups.h"
#include "agent/control/challenge_operations.h"
#include "agent/control/issue_records.h"
#include "agent/control/job_operations.h"
#include "agent/control/scep_operations.h"
#include "agent/control/status_operations.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] control_proto::ScepService to_wire(const ScepServiceView& service);

[[nodiscard]] Result<control_proto::ScepListResult> list_scep(
    const control_proto::NoArguments& arguments, ScepOperations& scep, StatusOperations& agent);
[[nodiscard]] Result<control_proto::ScepCapsResult> scep_caps(
    const control_proto::ScepArguments& arguments, ScepOperations& scep);
[[nodiscard]] Result<control_proto::ScepExplainResult> explain_enrollment(
    const control_proto::ScepExplainArguments& arguments, StatusOperations& agent,
    CertificateLookups& lookups, const IssueRecords& issues, ScepOperations& scep,
    const Clock& clock);
[[nodiscard]] Result<control_proto::ScepTestResult> test_scep(
    const control_proto::ScepTestArguments& arguments, ScepOperations& scep,
    ChallengeOperations& challenges, JobOperations& jobs, const Clock& clock, const Caller& caller);

}  // namespace certconnector::control
