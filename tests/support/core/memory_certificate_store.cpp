#include "tests/support/core/memory_certificate_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/core/certificate_filter.h"
#include "agent/core/certificate_rules.h"
#include "common/text/hex.h"

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

}  // namespace

void MemoryCertificateStore::fail_writes(bool fail) {
  const std::lock_guard lock(mutex_);
  write_failure_ = fail ? std::optional(disk_full()) : std::nullopt;
}

void MemoryCertificateStore::fail_reads(bool fail) {
  const std::lock_guard lock(mutex_);
  read_failure_ = fail ? std::optional(disk_full()) : std::nullopt;
}

void MemoryCertificateStore::be_damaged(bool for_reads_too) {
  const std::lock_guard lock(mutex_);
  write_failure_ = torn_page();
  if (for_reads_too) read_failure_ = torn_page();
}

std::size_t MemoryCertificateStore::record_calls() const {
  const std::lock_guard lock(mutex_);
  return record_calls_;
}

std::vector<core::CertificateRecord> MemoryCertificateStore::records() const {
  const std::lock_guard lock(mutex_);
  std::vector<core::CertificateRecord> all;
  for (const auto& [ca, shelf] : shelves_) {
    all.insert(all.end(), shelf.records.begin(), shelf.records.end());
  }
  return all;
}

void MemoryCertificateStore::add_revoked(Bytes serial, Timestamp not_after,
                                         core::RevocationRecord revocation) {
  const std::lock_guard lock(mutex_);
  core::CertificateRecord record;
  record.entry.certificate.serial = std::move(serial);
  record.entry.certificate.not_after = not_after;
  record.revocation = revocation;
  planted_.push_back(std::move(record));
}

Result<std::vector<std::optional<core::CertificateRecord>>> MemoryCertificateStore::find(
    const core::CaFingerprint& ca, const std::vector<core::IdempotencyKey>& keys) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  const std::vector<core::CertificateRecord>& records = shelf_of(ca).records;
  std::vector<std::optional<core::CertificateRecord>> found;
  found.reserve(keys.size());
  for (const auto& key : keys) {
    const auto at = std::find_if(records.begin(), records.end(),
                                 [&](const auto& record) { return record.entry.key == key; });
    found.push_back(at == records.end() ? std::nullopt : std::optional(*at));
  }
  return found;
}

Result<std::vector<core::IssuedCertificate>> MemoryCertificateStore::record(
    const core::CaFingerprint& ca, const std::vector<core::CertificateEntry>& entries,
    Timestamp now) {
  const std::lock_guard lock(mutex_);
  ++record_calls_;
  if (write_failure_) return *write_failure_;
  Shelf& shelf = shelf_of(ca);
  std::vector<core::CertificateRecord>& records = shelf.records;
  std::vector<core::IssuedCertificate> standing;
  for (const auto& entry : entries) {
    auto at = std::find_if(records.begin(), records.end(),
                           [&](const auto& record) { return record.entry.key == entry.key; });
    if (at == records.end()) {
      insert(shelf, entry, now);
      at = std::prev(records.end());
    }
    standing.push_back(at->entry.certificate);
  }
  return standing;
}

void MemoryCertificateStore::insert(Shelf& shelf, const core::CertificateEntry& entry,
                                    Timestamp now) {
  shelf.records.push_back({entry, std::nullopt, core::LineageId{++last_entry_}});
  shelf.numbers[entry.certificate.serial] = {last_entry_, now};
  shelf.keys.push_back({last_entry_, now});
}

core::CertificateRecord* MemoryCertificateStore::find_on(Shelf& shelf,
                                                         const core::CertificateId& id) {
  for (auto& record : shelf.records) {
    if (core::is_named(id, record.entry.certificate)) return &record;
  }
  return nullptr;
}

Result<std::optional<core::CertificateRecord>> MemoryCertificateStore::find(
    const core::CaFingerprint& ca, const core::CertificateId& id) {
  const std::lock_guard lock(mutex_);
  const auto* found = find_on(shelf_of(ca), id);
  return found == nullptr ? std::optional<core::CertificateRecord>() : std::optional(*found);
}

core::CertificateRecord* MemoryCertificateStore::find_planted(Shelf& shelf,
                                                              const core::CertificateId& id) {
  if (id.serial.empty()) return nullptr;
  for (auto* records : {&planted_, &shelf.unknown}) {
    for (auto& record : *records) {
      if (record.revocation && record.entry.certificate.serial == id.serial) return &record;
    }
  }
  return nullptr;
}

std::vector<core::ListedCertificate> MemoryCertificateStore::newest_first() const {
  std::vector<core::ListedCertificate> all;
  for (const auto& [ca, shelf] : shelves_) {
    for (std::size_t i = 0; i < shelf.records.size(); ++i) {
      all.push_back({shelf.keys[i], ca, shelf.records[i]});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.key.entry > b.key.entry; });
  return all;
}

Result<std::vector<core::ListedCertificate>> MemoryCertificateStore::find(
    const core::CertificateId& id) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  std::vector<core::ListedCertificate> named = newest_first();
  const auto is_other = [&](const core::ListedCertificate& listed) {
    return !core::is_named(id, listed.record.entry.certificate);
  };
  named.erase(std::remove_if(named.begin(), named.end(), is_other), named.end());
  return named;
}

Result<std::vector<Bytes>> MemoryCertificateStore::serials_with_beginning(const std::string& digits,
                                                                          std::size_t max) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  std::set<Bytes> serials;
  for (const core::ListedCertificate& listed : newest_first()) {
    const Bytes& serial = listed.record.entry.certificate.serial;
    if (text::to_hex(serial).compare(0, digits.size(), digits) == 0) serials.insert(serial);
  }
  std::vector<Bytes> first(serials.begin(), serials.end());
  first.resize(std::min(first.size(), max));
  return first;
}

Result<core::CertificatePage> MemoryCertificateStore::list(const core::CertificateFilter& filter) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  core::CertificatePage page;
  for (core::ListedCertificate& listed : newest_first()) {
    if (page.certificates.size() == filter.limit) break;
    if (filter.after && listed.key.entry >= filter.after->entry) continue;
    if (core::fits(filter, listed)) page.certificates.push_back(std::move(listed));
  }
  const bool full = !page.certificates.empty() && page.certificates.size() == filter.limit;
  if (full) page.next = page.certificates.back().key;
  return page;
}

core::RevokeResult MemoryCertificateStore::revoke_on(Shelf& shelf, const core::RevokeEntry& entry,
                                                     std::optional<Timestamp> end) {
  auto* found = find_on(shelf, entry.id);
  if (found == nullptr) found = find_planted(shelf, entry.id);
  const bool any = shelf.issued_more && core::is_serial_number(entry.id.serial);
  if (!end && any) end = core::unknown_end();
  core::CertificateRecord unknown;
  if (found == nullptr) {
    if (!end) return {};
    unknown.entry.certificate.serial = entry.id.serial;
    unknown.entry.certificate.not_after = *end;
    found = &unknown;
  }
  core::RevokeResult result;
  result.serial = found->entry.certificate.serial;
  result.change = core::revoke_change(found->revocation, entry.revocation.reason);
  if (result.change == core::RevokeChange::revoked) found->revocation = entry.revocation;
  if (result.change == core::RevokeChange::hold_lifted) found->revocation.reset();
  if (core::changes_crl(result.change)) ++shelf.generation;
  result.standing = found->revocation;
  if (found == &unknown && unknown.revocation) shelf.unknown.push_back(unknown);
  return result;
}

Result<std::vector<core::RevokeResult>> MemoryCertificateStore::revoke(
    const core::CaFingerprint& ca, const std::vector<core::RevokeEntry>& entries,
    Timestamp /*now*/) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  std::vector<core::RevokeResult> results;
  results.reserve(entries.size());
  for (const auto& entry : entries) {
    results.push_back(revoke_on(shelf_of(ca), entry, {}));
    const auto* found = find_on(shelf_of(ca), entry.id);
    const bool compromises =
        core::compromises_lineage(results.back().change, entry.revocation.reason);
    if (found != nullptr && compromises) compromised_.insert(found->lineage.value);
  }
  return results;
}

Result<std::uint64_t> MemoryCertificateStore::revocation_generation(const core::CaFingerprint& ca) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  return shelf_of(ca).generation + planted_.size();
}

Status MemoryCertificateStore::for_each_revoked(
    const core::CaFingerprint& ca, Timestamp expires_after,
    const std::function<void(const core::RevokedSerial&)>& visit) {
  const std::lock_guard lock(mutex_);
  Shelf& shelf = shelf_of(ca);
  for (const auto* records : {&planted_, &shelf.records, &shelf.unknown}) {
    for (const auto& record : *records) {
      const core::IssuedCertificate& certificate = record.entry.certificate;
      if (!record.revocation || certificate.not_after <= expires_after) continue;
      visit({certificate.serial, *record.revocation});
    }
  }
  return {};
}

Result<std::optional<core::CrlRecord>> MemoryCertificateStore::crl(const core::CaFingerprint& ca) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  return shelf_of(ca).crl;
}

Result<core::StoreMark> MemoryCertificateStore::mark() {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  std::uint64_t certificates = 0;
  for (const auto& [ca, shelf] : shelves_) certificates += shelf.records.size();
  return core::StoreMark{name, certificates};
}

Result<std::uint64_t> MemoryCertificateStore::last_crl_number(const core::CaFingerprint& ca) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  return shelf_of(ca).last_number;
}

Result<std::uint64_t> MemoryCertificateStore::take_crl_number(const core::CaFingerprint& ca,
                                                              std::uint64_t least) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  std::uint64_t& last = shelf_of(ca).last_number;
  last = core::next_crl_number(last, least);
  return last;
}

Status MemoryCertificateStore::save_crl(const core::CaFingerprint& ca,
                                        const core::CrlRecord& record) {
  const std::lock_guard lock(mutex_);
  if (write_failure_) return *write_failure_;
  Shelf& shelf = shelf_of(ca);
  shelf.crl = record;
  shelf.last_number = std::max(shelf.last_number, record.number);
  return {};
}

Result<std::uint64_t> MemoryCertificateStore::purge_expired(Timestamp before, std::size_t max) {
  const std::lock_guard lock(mutex_);
  std::uint64_t removed = 0;
  for (auto& [ca, shelf] : shelves_) {
    const auto last_crl = shelf.crl ? std::make_optional(shelf.crl->this_update) : std::nullopt;
    for (auto at = shelf.records.begin(); at != shelf.records.end() && removed < max;) {
      const bool may = core::may_forget_certificate(at->entry.certificate.not_after,
                                                    at->revocation.has_value(), last_crl, before);
      if (may) shelf.keys.erase(shelf.keys.begin() + (at - shelf.records.begin()));
      at = may ? shelf.records.erase(at) : std::next(at);
      if (may) ++removed;
    }
    for (auto at = planted_.begin(); at != planted_.end() && removed < max;) {
      const bool may =
          core::may_forget_certificate(at->entry.certificate.not_after, true, last_crl, before);
      at = may ? planted_.erase(at) : std::next(at);
      if (may) ++removed;
    }
  }
  return removed;
}

Result<std::uint64_t> MemoryCertificateStore::count(const core::CaFingerprint& ca) {
  const std::lock_guard lock(mutex_);
  if (read_failure_) return *read_failure_;
  return std::uint64_t{shelf_of(ca).records.size()};
}

void MemoryCertificateStore::count_members(const Shelf& shelf, Lineage& lineage,
                                           Timestamp now) const {
  lineage.compromised = compromised_.count(lineage.id.value) != 0;
  for (const auto& record : shelf.records) {
    if (!(record.lineage == lineage.id)) continue;
    const auto& [entry, recorded] = shelf.numbers.at(record.entry.certificate.serial);
    if (!record.revocation && record.entry.certificate.not_after > now) ++lineage.in_force;
    const bool renewal = entry != lineage.id.value;
    if (renewal && recorded > now - std::chrono::hours(24)) ++lineage.lately;
  }
}

MemoryCertificateStore::Lineage MemoryCertificateStore::lineage(core::LineageId id,
                                                                Timestamp now) const {
  const std::lock_guard lock(mutex_);
  Lineage counted;
  counted.id = id;
  counted.compromised = compromised_.count(id.value) != 0;
  for (const auto& [ca, shelf] : shelves_) count_members(shelf, counted, now);
  return counted;
}

void MemoryCertificateStore::compromise(core::LineageId id) {
  const std::lock_guard lock(mutex_);
  compromised_.insert(id.value);
}

std::optional<MemoryCertificateStore::Lineage> MemoryCertificateStore::lineage_of(
    const core::CaFingerprint& ca, const Bytes& serial, Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const auto shelf = shelves_.find(ca);
  if (shelf == shelves_.end() || shelf->second.numbers.count(serial) == 0) return std::nullopt;
  Lineage lineage;
  lineage.entry = shelf->second.numbers.at(serial).first;
  for (const auto& record : shelf->second.records) {
    if (record.entry.certificate.serial != serial) continue;
    lineage.id = record.lineage;
    lineage.device = record.entry.holder.device;
  }
  // A renewal may be of the CA after this one.
  for (const auto& [any, members] : shelves_) count_members(members, lineage, now);
  return lineage;
}

void MemoryCertificateStore::join_lineage(const core::CaFingerprint& ca, const Bytes& serial,
                                          core::LineageId lineage) {
  const std::lock_guard lock(mutex_);
  for (auto& record : shelf_of(ca).records) {
    if (record.entry.certificate.serial == serial) record.lineage = lineage;
  }
}

void MemoryCertificateStore::forget() {
  const std::lock_guard lock(mutex_);
  shelves_.clear();
  planted_.clear();
}

}  // namespace certconnector::ca::testing
