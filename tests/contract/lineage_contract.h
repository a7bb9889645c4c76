// Renewals and their lineages, in the enrollment ledger and the certificate store together.
#pragma once

#include <optional>
#include <string>

#include "tests/contract/ledger_contract.h"

namespace certconnector::contract {

class LineageContract : public LedgerContract {
 protected:
  static Bytes serial_of(const std::string& name) { return {name.begin(), name.end()}; }
  // Begins and ends the enrollment that brings the certificate `name`.
  void issue(core::NewEnrollment enrollment, const std::string& name, Timestamp now,
             Timestamp not_after = at(1'000'000)) {
    ASSERT_TRUE(begun(enrollment, now).begun) << name;
    core::Issued issued = certificate(name, not_after);
    issued.certificate.serial = serial_of(name);
    end(issued, now, enrollment.job.job.ca);
  }
  // A renewal of `old`, which brings `name`.
  static core::NewEnrollment renewal(const std::string& old, const std::string& name) {
    core::NewEnrollment enrollment = request("", 1, "job-" + name);
    enrollment.device.clear();
    enrollment.key.transaction_id = "T-" + name;
    enrollment.right.fill(static_cast<std::uint8_t>(name.back()));
    enrollment.renewal = core::Renewal{serial_of(old), {3, 6}};
    return enrollment;
  }
  // The same, where `next_ca()` issues and `old` is of the CA of the first one.
  core::NewEnrollment renewal_at_next(const std::string& old, const std::string& name) {
    core::NewEnrollment enrollment = renewal(old, name);
    enrollment.renewal->ca = first().job.job.ca;
    enrollment.job.job.ca = next_ca();
    return enrollment;
  }
  static core::CaFingerprint next_ca() { return std::string(64, 'e'); }
  core::NewEnrollment first() {
    core::NewEnrollment enrollment = request("c", 1, "job-a");
    enrollment.device = "device-7";
    return enrollment;
  }
  std::optional<core::LineageConflict> conflict(const core::NewEnrollment& wanted, Timestamp now) {
    const core::BeginAnswer answer = begin(wanted, now);
    const auto* found = std::get_if<core::LineageConflict>(&answer);
    return found == nullptr ? std::nullopt : std::make_optional(*found);
  }
  core::CertificateRecord record(const std::string& name) {
    return record(name, first().job.job.ca);
  }
  core::CertificateRecord record(const std::string& name, const core::CaFingerprint& ca) {
    const auto found = ledgers_->certificates().find(ca, core::CertificateId{serial_of(name), {}});
    EXPECT_TRUE(found.ok() && *found) << name;
    return found.ok() && *found ? **found : core::CertificateRecord();
  }
  // Of the certificate's job.
  core::JobTicket ticket_of(const std::string& name) {
    const auto found = ledgers_->jobs().find("job-" + name);
    EXPECT_TRUE(found.ok() && found->size() == 1) << name;
    return found.ok() && !found->empty() ? found->front().ticket : core::JobTicket();
  }
  void revoke(const std::string& name, core::RevocationReason reason) {
    core::RevokeEntry entry;
    entry.id.serial = serial_of(name);
    entry.revocation = {at(50), reason, {}};
    ASSERT_TRUE(ledgers_->certificates().revoke(first().job.job.ca, {entry}, at(50)).ok());
  }
};

}  // namespace certconnector::contract
