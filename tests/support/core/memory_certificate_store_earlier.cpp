#include <algorithm>
#include <utility>

#include "agent/core/certificate_rules.h"
#include "tests/support/core/memory_certificate_store.h"

namespace certconnector::ca::testing {

bool MemoryCertificateStore::is_empty(const Shelf& shelf) {
  return shelf.records.empty() && shelf.unknown.empty() && shelf.last_number == 0;
}

MemoryCertificateStore::Shelf& MemoryCertificateStore::shelf_of(const core::CaFingerprint& ca) {
  const auto former = former_.find(ca);
  return shelves_[former == former_.end() ? ca : former->second];
}

Result<bool> MemoryCertificateStore::knows_ca(const core::CaFingerprint& ca) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  return former_.count(ca) != 0 || (shelves_.count(ca) != 0 && !is_empty(shelves_[ca]));
}

Status MemoryCertificateStore::name_ca(const core::CaFingerprint& ca, const core::CaKeyId& key) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  Shelf& shelf = shelf_of(ca);
  if (shelf.key == key) return {};
  const auto before = std::find_if(shelves_.begin(), shelves_.end(),
                                   [&](const auto& one) { return one.second.key == key; });
  if (before != shelves_.end() && is_empty(shelf)) {
    shelf = std::move(before->second);
    ++shelf.generation;
    for (auto& [former, now] : former_) now = now == before->first ? ca : now;
    former_[before->first] = ca;
    shelves_.erase(before);
  }
  shelf.key = key;
  return {};
}

Status MemoryCertificateStore::note_earlier_issues(const core::CaFingerprint& ca) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  shelf_of(ca).issued_more = true;
  return {};
}

Result<bool> MemoryCertificateStore::may_have_issued_more(const core::CaFingerprint& ca) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  return shelf_of(ca).issued_more;
}

Result<core::EarlierRevocations> MemoryCertificateStore::record_earlier(
    const core::CaFingerprint& ca, const std::vector<core::EarlierRevocation>& revocations) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  core::EarlierRevocations all;
  for (const core::EarlierRevocation& one : revocations) {
    Shelf& shelf = shelf_of(ca);
    const core::CertificateId id{one.serial, {}};
    const auto result =
        revoke_on(shelf, {id, one.revocation}, one.not_after.value_or(core::unknown_end()));
    ++(core::changes_crl(result.change) ? all.added : all.known);
    auto* unknown = find_planted(shelf, id);
    if (unknown == nullptr || !one.not_after) continue;
    Timestamp& end = unknown->entry.certificate.not_after;
    if (end == core::unknown_end()) end = *one.not_after;
  }
  return all;
}

core::EarlierCertificate MemoryCertificateStore::add_earlier(Shelf& shelf,
                                                             const core::CertificateEntry& entry,
                                                             Timestamp now) {
  const Bytes& serial = entry.certificate.serial;
  if (const auto* same = find_on(shelf, {serial, {}})) {
    const bool known = same->entry.certificate.certificate == entry.certificate.certificate;
    return known ? core::EarlierCertificate::known : core::EarlierCertificate::other;
  }
  insert(shelf, entry, now);
  const auto at = std::find_if(shelf.unknown.begin(), shelf.unknown.end(), [&](const auto& record) {
    return record.entry.certificate.serial == serial;
  });
  if (at == shelf.unknown.end()) return core::EarlierCertificate::added;
  core::CertificateRecord& record = shelf.records.back();
  record.revocation = at->revocation;
  shelf.unknown.erase(at);
  if (record.revocation && record.revocation->reason == core::RevocationReason::key_compromise) {
    compromised_.insert(record.lineage.value);
  }
  return core::EarlierCertificate::added;
}

Result<std::vector<core::EarlierCertificate>> MemoryCertificateStore::record_earlier(
    const core::CaFingerprint& ca, const std::vector<core::CertificateEntry>& certificates,
    Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  std::vector<core::EarlierCertificate> answers;
  answers.reserve(certificates.size());
  for (const auto& entry : certificates) answers.push_back(add_earlier(shelf_of(ca), entry, now));
  return answers;
}

Status MemoryCertificateStore::raise_crl_number(const core::CaFingerprint& ca,
                                                std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  std::uint64_t& last = shelf_of(ca).last_number;
  last = std::max(last, number);
  return {};
}

}  // namespace certconnector::ca::testing
