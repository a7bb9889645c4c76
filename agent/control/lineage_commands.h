// Commands about a lineage: a certificate and all that renewed it, or one another. A person names
// any certificate of it.
#pragma once

#include "agent/control/caller.h"
#include "agent/control/certificate_lookups.h"
#include "agent/control/issue_records.h"
#include "agent/control/job_operations.h"
#include "agent/control/status_operations.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::LineageResult> show_lineage(
    const control_proto::CertArguments& arguments, StatusOperations& agent,
    CertificateLookups& lookups, const IssueRecords& issues, const Clock& clock);
[[nodiscard]] Result<control_proto::LineageResult> allow_renewals(
    const control_proto::LineageAllowArguments& arguments, StatusOperations& agent,
    CertificateLookups& lookups, const IssueRecords& issues, const Clock& clock);
// Every certificate of it that is in force, each by a job. With keyCompromise none of it renews any
// more, from the answer on.
[[nodiscard]] Result<control_proto::LineageRevokedResult> revoke_lineage(
    const control_proto::CertRevokeArguments& arguments, StatusOperations& agent,
    const IssueRecords& issues, JobOperations& jobs, const Clock& clock, const Caller& caller);

}  // namespace certconnector::control
