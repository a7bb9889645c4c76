// Finds issued certificates by their jobs in the job store, of every CA, and adds the enrollment
// where a device got the certificate. A list looks at a limited number of jobs, and says where it
// stopped.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/core/ports/job_store.h"
#include "common/result/result.h"

namespace certconnector::control {

inline constexpr std::size_t kMaxSerial = 20;  // octets, RFC 5280 section 4.1.2.2

// Where the agent keeps the issues and the devices that got the certificates.
struct IssueRecords {
  core::JobStore& jobs;
  core::EnrollmentLedger& enrollments;
};

struct FoundIssue {
  core::CaFingerprint ca;
  std::string template_name;
  core::IssuedCertificate certificate;
  std::optional<core::JobKey> job;  // none: it is not known any more
  std::optional<Timestamp> issued_at;
  std::optional<core::EnrollmentRecord> enrollment;  // of SCEP
};

struct IssueFilter {
  std::optional<core::CaFingerprint> ca;
  std::optional<std::string> service;
  std::optional<std::string> device;
  std::optional<std::string> subject;  // holds this text, in any letter case
  std::size_t limit = 50;
  std::optional<core::JobTicket> after;
};
struct IssuePage {
  std::vector<FoundIssue> issues;        // newest first
  std::optional<core::JobTicket> next;   // there may be more
  std::optional<Timestamp> searched_to;  // with `next`: when the last job looked at was received
};

[[nodiscard]] Result<IssuePage> list_issued(const IssueRecords& issues, const IssueFilter& filter);
// The newest match, however old its job is; nothing when the job store has no job with it.
[[nodiscard]] Result<std::optional<FoundIssue>> find_issued(
    const IssueRecords& issues, const std::optional<core::CaFingerprint>& ca,
    const core::CertificateId& id);

// RFC 4514; empty when it cannot be read.
[[nodiscard]] std::string subject_of(const core::IssuedCertificate& issued);

}  // namespace certconnector::control
