#include "tests/agent/ca/memory_inventory.h"

#include <utility>

#include "common/crypto/digest.h"

namespace certconnector::ca::testing {
namespace {

enum class FakeErrc { disk_full, damaged };
ErrorCode error_code(FakeErrc errc) {
  return {"store", errc == FakeErrc::damaged ? "damaged" : "disk_full"};
}

Error disk_full() { return {FakeErrc::disk_full, ErrorKind::transient, "the disk is full"}; }

Error torn_page() {
  return {FakeErrc::damaged, ErrorKind::corrupt, "a page is torn; restore a backup"};
}

bool has_thumbprint(const core::IssuedCertificate& certificate, const Bytes& thumbprint) {
  return crypto::view(crypto::sha1(certificate.certificate)) == ByteView(thumbprint) ||
         crypto::view(crypto::sha256(certificate.certificate)) == ByteView(thumbprint);
}

}  // namespace

void MemoryInventory::fail_writes(bool fail) {
  const std::lock_guard lock(mutex_);
  write_failure_ = fail ? std::optional(disk_full()) : std::nullopt;
}

void MemoryInventory::fail_reads(bool fail) {
  const std::lock_guard lock(mutex_);
  read_failure_ = fail ? std::optional(disk_full()) : std::nullopt;
}

void MemoryInventory::be_damaged(bool for_reads_too) {
  const std::lock_guard lock(mutex_);
  write_failure_ = torn_page();
  if (for_reads_too) read_failure_ = torn_page();
}

std::size_t MemoryInventory::record_calls() const {
  const std::lock_guard lock(mutex_);
  return record_calls_;
}

std::vector<core::CertificateRecord> MemoryInventory::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

void MemoryInventory::add_revoked(Bytes serial, Timestamp not_after,
                                  core::RevocationRecord revocation) {
  const std::lock_guard lock(mutex_);
  core::CertificateRecord record;
  record.entry.certificate.serial = serial;
  record.entry.certificate.not_after = not_after;
  record.revocation = revocation;
  by_serial_[std::move(serial)] = records_.size();
  records_.push_back(std::move(record));
  ++generation_;
}

Result<std::vector<std::optional<core::CertificateRecord>>> MemoryInventory::find(
    const core::CaFingerprint& /*ca*/, const std::vector<core::IdempotencyKey>& keys) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  std::vector<std::optional<core::CertificateRecord>> found;
  found.reserve(keys.size());
  for (const auto& key : keys) {
    const auto at = by_key_.find(key);
    found.push_back(at == by_key_.end() ? std::nullopt : std::optional(records_[at->second]));
  }
  return found;
}

Result<std::vector<core::IssuedCertificate>> MemoryInventory::record(
    const core::CaFingerprint& /*ca*/, const std::vector<core::CertificateEntry>& entries,
    Timestamp /*now*/) {
  const std::lock_guard lock(mutex_);
  ++record_calls_;
  if (write_failure_) return *write_failure_;
  std::vector<core::IssuedCertificate> standing;
  for (const auto& entry : entries) {
    const auto [at, added] = by_key_.emplace(entry.key, records_.size());
    if (added) {
      by_serial_[entry.certificate.serial] = records_.size();
      records_.push_back({entry, std::nullopt});
    }
    standing.push_back(records_[at->second].entry.certificate);
  }
  return standing;
}

core::CertificateRecord* MemoryInventory::find_locked(const core::CertificateId& id) {
  if (!id.serial.empty()) {
    const auto at = by_serial_.find(id.serial);
    return at == by_serial_.end() ? nullptr : &records_[at->second];
  }
  for (auto& record : records_) {
    if (has_thumbprint(record.entry.certificate, id.thumbprint)) return &record;
  }
  return nullptr;
}

Result<std::optional<core::CertificateRecord>> MemoryInventory::find(
    const core::CaFingerprint& /*ca*/, const core::CertificateId& id) {
  const std::lock_guard lock(mutex_);
  const auto* found = find_locked(id);
  return found == nullptr ? std::optional<core::CertificateRecord>() : std::optional(*found);
}

core::RevokeResult MemoryInventory::revoke_locked(const core::RevokeEntry& entry) {
  using core::RevocationReason;
  using core::RevokeChange;
  auto* found = find_locked(entry.id);
  if (found == nullptr) return {};
  const bool held =
      found->revocation && found->revocation->reason == RevocationReason::certificate_hold;
  core::RevokeResult result;
  result.serial = found->entry.certificate.serial;
  if (entry.revocation.reason == RevocationReason::remove_from_crl) {
    result.change = held ? RevokeChange::hold_lifted : RevokeChange::not_held;
    if (held) found->revocation.reset();
  } else if (found->revocation &&
             (!held || entry.revocation.reason == RevocationReason::certificate_hold)) {
    result.change = RevokeChange::already_revoked;
  } else {
    result.change = RevokeChange::revoked;
    found->revocation = entry.revocation;
  }
  result.standing = found->revocation;
  if (result.change == RevokeChange::revoked || result.change == RevokeChange::hold_lifted) {
    ++generation_;
  }
  return result;
}

Result<std::vector<core::RevokeResult>> MemoryInventory::revoke(
    const core::CaFingerprint& /*ca*/, const std::vector<core::RevokeEntry>& entries,
    Timestamp /*now*/) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  std::vector<core::RevokeResult> results;
  results.reserve(entries.size());
  for (const auto& entry : entries) results.push_back(revoke_locked(entry));
  return results;
}

Result<std::uint64_t> MemoryInventory::revocation_generation(const core::CaFingerprint& /*ca*/) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  return generation_;
}

Status MemoryInventory::for_each_revoked(
    const core::CaFingerprint& /*ca*/, Timestamp expires_after,
    const std::function<void(const core::RevokedSerial&)>& visit) {
  const std::lock_guard lock(mutex_);
  for (const auto& record : records_) {
    if (!record.revocation || record.entry.certificate.not_after <= expires_after) continue;
    visit({record.entry.certificate.serial, *record.revocation});
  }
  return {};
}

Result<std::optional<core::CrlRecord>> MemoryInventory::crl(const core::CaFingerprint& /*ca*/) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  return crl_;
}

Result<std::uint64_t> MemoryInventory::take_crl_number(const core::CaFingerprint& /*ca*/,
                                                       std::uint64_t least) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  number_ = std::max(number_ + 1, least);
  return number_;
}

Status MemoryInventory::save_crl(const core::CaFingerprint& /*ca*/, const core::CrlRecord& record) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  crl_ = record;
  return {};
}

Result<std::uint64_t> MemoryInventory::purge_expired(Timestamp /*before*/, std::size_t /*max*/) {
  return std::uint64_t{0};
}

Result<std::uint64_t> MemoryInventory::count(const core::CaFingerprint& /*ca*/) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  return std::uint64_t{records_.size()};
}

void MemoryInventory::forget() {
  const std::lock_guard lock(mutex_);
  records_.clear();
  by_key_.clear();
  by_serial_.clear();
  generation_ = number_ = 0;
  crl_.reset();
}

}  // namespace certconnector::ca::testing
