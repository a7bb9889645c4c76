#include "agent/core/certificate_rules.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/crypto/digest.h"

namespace certconnector::core {

CertificateLabel label_of(const Job& job) {
  const auto* request = std::get_if<IssueRequest>(&job.request);
  return {idempotency_key(job.key), request == nullptr ? std::string() : request->template_name};
}

CertificateEntry entry_without_job(IssuedCertificate certificate) {
  CertificateEntry entry;
  const crypto::Sha256 digest = crypto::sha256(certificate.certificate);
  std::copy_n(digest.begin(), entry.key.size(), entry.key.begin());
  entry.certificate = std::move(certificate);
  return entry;
}

RevokeChange revoke_change(const std::optional<RevocationRecord>& standing,
                           RevocationReason asked) {
  const bool on_hold = standing && standing->reason == RevocationReason::certificate_hold;
  if (asked == RevocationReason::remove_from_crl) {
    return on_hold ? RevokeChange::hold_lifted : RevokeChange::not_held;
  }
  if (!standing) return RevokeChange::revoked;
  if (on_hold && asked != RevocationReason::certificate_hold) return RevokeChange::revoked;
  return RevokeChange::already_revoked;
}

bool compromises_lineage(RevokeChange change, RevocationReason asked) {
  const bool stands = change == RevokeChange::revoked || change == RevokeChange::already_revoked;
  return stands && asked == RevocationReason::key_compromise;
}

bool outweighs(const RevocationRecord& other, const RevocationRecord& standing) {
  return standing.reason == RevocationReason::certificate_hold &&
         other.reason != RevocationReason::certificate_hold;
}

bool changes_crl(RevokeChange change) {
  return change == RevokeChange::revoked || change == RevokeChange::hold_lifted;
}

bool is_serial_number(const Bytes& serial) {
  constexpr std::size_t kMaxSerial = 20;
  return !serial.empty() && serial.size() <= kMaxSerial && serial.front() != 0;
}

bool may_forget_certificate(Timestamp not_after, bool revoked, std::optional<Timestamp> last_crl,
                            Timestamp before) {
  if (not_after >= before) return false;
  return !revoked || (last_crl && *last_crl > not_after);
}

std::uint64_t next_crl_number(std::uint64_t last, std::uint64_t least) {
  return std::max(last + 1, least);
}

std::uint64_t crl_number_beyond(std::uint64_t known, Timestamp since, Timestamp now) {
  constexpr std::chrono::seconds kAhead = std::chrono::hours(24);
  const auto seconds = [](Duration time) {
    const auto whole = std::chrono::ceil<std::chrono::seconds>(time).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(whole, 0));
  };
  return std::max(known + seconds(now - since), seconds(now.time_since_epoch())) + seconds(kAhead);
}

}  // namespace certconnector::core
