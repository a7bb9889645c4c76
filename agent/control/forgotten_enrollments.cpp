#include "agent/control/forgotten_enrollments.h"

#include <optional>
#include <utility>

#include "agent/core/certificate_filter.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/digest.h"

namespace certconnector::control {
namespace {

// Nothing: no device asked for it by SCEP, or another enrollment is newer in its transaction.
Result<std::optional<core::EnrollmentRecord>> enrollment_of(core::EnrollmentLedger& ledger,
                                                            const core::ListedCertificate& listed) {
  const core::CertificateEntry& entry = listed.record.entry;
  const auto fields = crypto::parse_certificate_fields(entry.certificate.certificate);
  if (entry.holder.source != core::JobSource::scep || !fields.ok()) {
    return std::optional<core::EnrollmentRecord>();
  }
  core::EnrollmentRecord record;
  record.key = {entry.holder.instance, entry.holder.transaction_id,
                crypto::sha256(fields->public_key_info)};
  CC_TRY_ASSIGN(const auto standing, ledger.find(record.key));
  if (!standing) return std::optional<core::EnrollmentRecord>();
  record.ticket = standing->ticket;
  record.challenge = entry.holder.challenge;
  record.device = entry.holder.device;
  record.subject = core::subject_of(entry.certificate);
  record.at = listed.key.recorded;
  record.job = entry.holder.job;
  return std::make_optional(std::move(record));
}

}  // namespace

Result<std::vector<core::EnrollmentRecord>> enrollments_by_certificate(
    const IssueRecords& issues, const control_proto::ScepExplainArguments& wanted,
    std::size_t limit) {
  std::vector<core::EnrollmentRecord> found;
  for (auto field : {&core::CertificateFilter::transaction_id, &core::CertificateFilter::device,
                     &core::CertificateFilter::subject}) {
    core::CertificateFilter filter;
    filter.service = wanted.service;
    filter.limit = limit;
    filter.*field = wanted.what;
    CC_TRY_ASSIGN(const auto page, issues.certificates.list(filter));
    for (const core::ListedCertificate& listed : page.certificates) {
      CC_TRY_ASSIGN(auto record, enrollment_of(issues.enrollments, listed));
      const bool is_meant =
          record &&
          (!wanted.number || record->ticket.value == static_cast<std::int64_t>(*wanted.number));
      if (is_meant) found.push_back(std::move(*record));
    }
    if (!found.empty()) return found;
  }
  return found;
}

}  // namespace certconnector::control
