// The records of the issued certificates, and of the devices that got them.
#pragma once

#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/core/ports/job_store.h"
#include "agent/core/ports/lineage_ledger.h"

namespace certconnector::control {

struct IssueRecords {
  core::JobStore& jobs;
  core::EnrollmentLedger& enrollments;
  core::CertificateStore& certificates;
  core::LineageLedger& lineages;
};

}  // namespace certconnector::control
