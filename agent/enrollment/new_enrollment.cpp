#include "agent/enrollment/new_enrollment.h"

#include <utility>

#include "common/crypto/digest.h"
#include "common/crypto/name.h"

namespace certconnector::enrollment {
namespace {

constexpr int kPriority = 50;  // a device waits for it

}  // namespace

core::NewEnrollment new_enrollment(RequestedEnrollment asked) {
  core::NewEnrollment enrollment;
  static const crypto::Sha256 kNoRight = crypto::sha256(as_bytes("refused"));
  enrollment.right = kNoRight;
  core::IssueRequest issue;
  enrollment.subject = crypto::name_for_people(asked.pkcs10 != nullptr ? asked.pkcs10->subject()
                                                                       : asked.signer_subject);
  if (asked.pkcs10 != nullptr) {
    enrollment.request = crypto::sha256(asked.pkcs10->certification_request_info());
    issue.pkcs10 = asked.pkcs10->der().to_bytes();
  }
  core::Job& job = enrollment.job.job;
  job.key.source = core::JobSource::scep;
  job.key.instance = asked.key.service;
  job.key.id = std::move(asked.job_id);
  job.key.digest = enrollment.request;
  job.ca = asked.ca;
  job.correlation_id = asked.key.transaction_id;
  job.priority = kPriority;
  job.request = std::move(issue);
  enrollment.job.report = asked.report;
  enrollment.key = std::move(asked.key);
  return enrollment;
}

}  // namespace certconnector::enrollment
