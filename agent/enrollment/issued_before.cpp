#include "agent/enrollment/issued_before.h"

#include <string>
#include <variant>

#include "agent/core/failure_codes.h"
#include "common/time/rfc3339.h"

namespace certconnector::enrollment {
namespace {

core::Failed revoked(const core::RevocationRecord& revocation) {
  const std::string at = to_rfc3339(revocation.at);
  if (revocation.reason == core::RevocationReason::certificate_hold) {
    return core::failed(core::failure::kCertificateRevoked,
                        "The certificate of this request is on hold since " + at +
                            "; release it, or enroll with a new key.");
  }
  return core::failed(core::failure::kCertificateRevoked,
                      "The certificate of this request was revoked on " + at + " (" +
                          std::string(to_string(revocation.reason)) + "); enroll with a new key.");
}

Result<std::optional<core::Failed>> why_revoked(core::CertificateLookup* known,
                                                const core::IssuedCertificate& issued) {
  if (known == nullptr) return std::optional<core::Failed>();
  CC_TRY_ASSIGN(const auto found, known->find_certificate({issued.serial, {}}));
  if (!found || !found->revocation) return std::optional<core::Failed>();
  return std::make_optional(revoked(*found->revocation));
}

}  // namespace

Result<std::optional<core::Failed>> why_not_again(core::CertificateLookup* known,
                                                  const core::IssuedCertificate& issued,
                                                  Timestamp now) {
  CC_TRY_ASSIGN(auto why, why_revoked(known, issued));
  if (why || now < issued.not_after) return why;
  return std::make_optional(core::failed(core::failure::kCertificateExpired,
                                         "The certificate of this request expired on " +
                                             to_rfc3339(issued.not_after) + "; enroll anew."));
}

Result<std::optional<core::Failed>> why_not_anew(EnrollmentQueue& enrollment_queue,
                                                 const core::EnrollmentKey& key,
                                                 core::CertificateLookup* known) {
  CC_TRY_ASSIGN(const auto standing, enrollment_queue.find(key, {}));
  const auto* issued = standing ? std::get_if<Enrolled>(&*standing) : nullptr;
  if (issued == nullptr) return std::optional<core::Failed>();
  return why_revoked(known, issued->certificate);
}

}  // namespace certconnector::enrollment
