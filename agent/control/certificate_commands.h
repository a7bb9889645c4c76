// Commands about the certificates that were issued.
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

[[nodiscard]] Result<control_proto::CertsListResult> list_certificates(
    const control_proto::CertsListArguments& arguments, StatusOperations& agent,
    CertificateLookups& lookups, const IssueRecords& issues, const Clock& clock);
[[nodiscard]] Result<control_proto::CertShowResult> show_certificate(
    const control_proto::CertArguments& arguments, StatusOperations& agent,
    CertificateLookups& lookups, const IssueRecords& issues, const Clock& clock);
[[nodiscard]] Result<control_proto::CertRevokeResult> revoke_certificate(
    const control_proto::CertRevokeArguments& arguments, StatusOperations& agent,
    CertificateLookups& lookups, const IssueRecords& issues, JobOperations& jobs,
    const Caller& caller);

}  // namespace certconnector::control
