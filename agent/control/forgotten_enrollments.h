// Enrollments that the ledger has forgotten, as their certificates know them.
#pragma once

#include <vector>

#include "agent/control/issue_records.h"
#include "common/result/result.h"
#include "proto/control/scep_messages.h"

namespace certconnector::control {

// By transaction, device or subject, the newest first; the first that finds something counts.
[[nodiscard]] Result<std::vector<core::EnrollmentRecord>> enrollments_by_certificate(
    const IssueRecords& issues, const control_proto::ScepExplainArguments& wanted,
    std::size_t limit);

}  // namespace certconnector::control
