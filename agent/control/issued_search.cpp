#include "agent/control/issued_search.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "common/crypto/certificate_fields.h"
#include "common/crypto/digest.h"
#include "common/crypto/name.h"
#include "common/text/letter_case.h"

namespace certconnector::control {
namespace {

// A few seconds of work; the rest is the next page.
constexpr std::size_t kMaxLookedAt = 20000;
constexpr std::size_t kPortion = 500;  // jobs in memory at once

bool has_subject(const core::IssuedCertificate& issued, const std::optional<std::string>& wanted) {
  return !wanted ||
         text::to_lower(subject_of(issued)).find(text::to_lower(*wanted)) != std::string::npos;
}

bool is_meant(const core::IssuedCertificate& issued, const core::CertificateId& id) {
  if (!id.serial.empty()) return issued.serial == id.serial;
  const ByteView wanted = id.thumbprint;
  return crypto::view(crypto::sha1(issued.certificate)) == wanted ||
         crypto::view(crypto::sha256(issued.certificate)) == wanted;
}

const core::IssuedCertificate* certificate_of(const core::JobRecord& job) {
  const auto* issued = job.outcome ? std::get_if<core::Issued>(&*job.outcome) : nullptr;
  return issued == nullptr ? nullptr : &issued->certificate;
}

FoundIssue found_issue(const core::JobRecord& job) {
  FoundIssue issue;
  issue.ca = job.job.ca;
  if (const auto* request = std::get_if<core::IssueRequest>(&job.job.request)) {
    issue.template_name = request->template_name;
  }
  issue.certificate = *certificate_of(job);
  issue.job = job.job.key;
  issue.issued_at = job.finished;
  return issue;
}

Status add_enrollment(const IssueRecords& issues, core::JobTicket ticket, FoundIssue& issue) {
  if (issue.job->source != core::JobSource::scep) return {};
  core::EnrollmentFilter filter;
  filter.ticket = ticket;
  CC_TRY_ASSIGN(auto found, issues.enrollments.list(filter));
  if (!found.empty()) issue.enrollment = std::move(found.front());
  return {};
}

// Visits issue jobs from the newest to the oldest, until `visit` returns true or the limit of jobs
// is reached. Sets the page's `next` when jobs are left.
Status for_each_issue_job(const IssueRecords& issues, core::JobFilter filter, IssuePage& page,
                          const std::function<Result<bool>(const core::JobRecord&)>& visit) {
  filter.type = core::JobType::issue;
  filter.limit = kPortion;
  for (std::size_t looked_at = 0; looked_at < kMaxLookedAt; looked_at += kPortion) {
    CC_TRY_ASSIGN(const auto jobs, issues.jobs.list(filter));
    for (const core::JobRecord& job : jobs) {
      page.next = job.ticket;
      page.searched_to = job.received;
      CC_TRY_ASSIGN(const bool enough, visit(job));
      if (enough) return {};
    }
    if (jobs.size() < kPortion) {
      page.next.reset();
      page.searched_to.reset();
      return {};
    }
    filter.after = jobs.back().ticket;
  }
  return {};
}

Result<IssuePage> list_by_jobs(const IssueRecords& issues, const IssueFilter& filter) {
  core::JobFilter jobs;
  jobs.ca = filter.ca;
  jobs.after = filter.after;
  IssuePage page;
  const auto visit = [&](const core::JobRecord& job) -> Result<bool> {
    const core::IssuedCertificate* issued = certificate_of(job);
    if (issued == nullptr || !has_subject(*issued, filter.subject)) return false;
    FoundIssue issue = found_issue(job);
    CC_TRY(add_enrollment(issues, job.ticket, issue));
    page.issues.push_back(std::move(issue));
    return page.issues.size() == filter.limit;
  };
  CC_TRY(for_each_issue_job(issues, jobs, page, visit));
  return page;
}

// The job of an enrollment, when its certificate matches the filter.
Result<std::optional<FoundIssue>> issue_of(const IssueRecords& issues,
                                           core::EnrollmentRecord enrollment,
                                           const IssueFilter& filter) {
  if (enrollment.job.empty()) return std::optional<FoundIssue>();
  CC_TRY_ASSIGN(const auto jobs, issues.jobs.find(enrollment.job));
  for (const core::JobRecord& job : jobs) {
    const core::IssuedCertificate* issued = certificate_of(job);
    if (job.ticket.value != enrollment.ticket.value || issued == nullptr) continue;
    if (filter.ca && job.job.ca != *filter.ca) continue;
    if (!has_subject(*issued, filter.subject)) continue;
    FoundIssue issue = found_issue(job);
    issue.enrollment = std::move(enrollment);
    return std::make_optional(std::move(issue));
  }
  return std::optional<FoundIssue>();
}

Result<IssuePage> list_by_enrollments(const IssueRecords& issues, const IssueFilter& filter) {
  core::EnrollmentFilter wanted;
  wanted.service = filter.service;
  wanted.device = filter.device;
  wanted.after = filter.after;
  wanted.limit = kPortion;
  IssuePage page;
  for (std::size_t looked_at = 0; looked_at < kMaxLookedAt; looked_at += kPortion) {
    CC_TRY_ASSIGN(auto records, issues.enrollments.list(wanted));
    const std::size_t count = records.size();
    for (core::EnrollmentRecord& record : records) {
      page.next = record.ticket;
      page.searched_to = record.at;
      CC_TRY_ASSIGN(auto issue, issue_of(issues, std::move(record), filter));
      if (issue) page.issues.push_back(std::move(*issue));
      if (page.issues.size() == filter.limit) return page;
    }
    if (count < kPortion) {
      page.next.reset();
      page.searched_to.reset();
      return page;
    }
    wanted.after = page.next;
  }
  return page;
}

}  // namespace

std::string subject_of(const core::IssuedCertificate& issued) {
  const auto fields = crypto::parse_certificate_fields(issued.certificate);
  if (!fields.ok()) return {};
  const auto name = crypto::parse_name(fields->subject);
  return name.ok() ? crypto::to_rfc4514(*name) : std::string();
}

Result<IssuePage> list_issued(const IssueRecords& issues, const IssueFilter& filter) {
  return filter.service || filter.device ? list_by_enrollments(issues, filter)
                                         : list_by_jobs(issues, filter);
}

Result<std::optional<FoundIssue>> find_issued(const IssueRecords& issues,
                                              const std::optional<core::CaFingerprint>& ca,
                                              const core::CertificateId& id) {
  core::JobFilter jobs;
  jobs.ca = ca;
  IssuePage page;
  const auto visit = [&](const core::JobRecord& job) -> Result<bool> {
    const core::IssuedCertificate* issued = certificate_of(job);
    if (issued == nullptr || !is_meant(*issued, id)) return false;
    page.issues.push_back(found_issue(job));
    CC_TRY(add_enrollment(issues, job.ticket, page.issues.back()));
    return true;
  };
  do {
    jobs.after = page.next;
    CC_TRY(for_each_issue_job(issues, jobs, page, visit));
  } while (page.issues.empty() && page.next);
  if (page.issues.empty()) return std::optional<FoundIssue>();
  return std::make_optional(std::move(page.issues.front()));
}

}  // namespace certconnector::control
