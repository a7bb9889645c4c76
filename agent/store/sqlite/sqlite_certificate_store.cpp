#include "agent/store/sqlite/sqlite_certificate_store.h"

#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/subject_index.h"

namespace certconnector::store {
namespace {

constexpr std::size_t kReadAtOnce = 1024;  // certificates, in one step

}  // namespace

SqliteCertificateStore::SqliteCertificateStore(AgentDatabase& file) : file_(file) {}

SqliteCertificateStore::~SqliteCertificateStore() = default;

Result<core::StoreMark> SqliteCertificateStore::mark() {
  core::StoreMark mark;
  CC_TRY_ASSIGN(mark.id, file_.id());
  CC_TRY_ASSIGN(mark.progress,
                file_.read([](Database& database) { return progress_of(database); }));
  return mark;
}

Status SqliteCertificateStore::name_ca(const core::CaFingerprint& ca, const core::CaKeyId& key) {
  return file_.write([&](StoreWriter& writer) { return name_authority(writer, ca, key); });
}

Result<bool> SqliteCertificateStore::knows_ca(const core::CaFingerprint& ca) {
  return file_.read([&](Database& database) -> Result<bool> {
    Query query(database, "SELECT 1 FROM authority WHERE fingerprint = ?", ca);
    return query.next();
  });
}

Status SqliteCertificateStore::note_earlier_issues(const core::CaFingerprint& ca) {
  return file_.write([&](StoreWriter& writer) { return store::note_earlier_issues(writer, ca); });
}

Result<bool> SqliteCertificateStore::may_have_issued_more(const core::CaFingerprint& ca) {
  return file_.read([&](Database& database) { return store::may_have_issued_more(database, ca); });
}

Result<core::EarlierRevocations> SqliteCertificateStore::record_earlier(
    const core::CaFingerprint& ca, const std::vector<core::EarlierRevocation>& revocations) {
  return file_.write(
      [&](StoreWriter& writer) { return record_earlier_revocations(writer, ca, revocations); });
}

Result<std::vector<core::EarlierCertificate>> SqliteCertificateStore::record_earlier(
    const core::CaFingerprint& ca, const std::vector<core::CertificateEntry>& certificates,
    Timestamp now) {
  return file_.write([&](StoreWriter& writer) {
    return record_earlier_certificates(writer, ca, certificates, now);
  });
}

Status SqliteCertificateStore::raise_crl_number(const core::CaFingerprint& ca,
                                                std::uint64_t number) {
  return file_.write(
      [&](StoreWriter& writer) { return store::raise_crl_number(writer, ca, number); });
}

Result<std::vector<std::optional<core::CertificateRecord>>> SqliteCertificateStore::find(
    const core::CaFingerprint& ca, const std::vector<core::IdempotencyKey>& keys) {
  return file_.read([&](Database& database) { return find_by_keys(database, ca, keys); });
}

Result<std::vector<core::IssuedCertificate>> SqliteCertificateStore::record(
    const core::CaFingerprint& ca, const std::vector<core::CertificateEntry>& entries,
    Timestamp now) {
  return file_.write(
      [&](StoreWriter& writer) { return record_certificates(writer, ca, entries, now); });
}

Result<std::optional<core::CertificateRecord>> SqliteCertificateStore::find(
    const core::CaFingerprint& ca, const core::CertificateId& id) {
  return file_.read([&](Database& database) { return find_by_id(database, ca, id); });
}

Result<std::vector<core::ListedCertificate>> SqliteCertificateStore::find(
    const core::CertificateId& id) {
  return file_.browse([&](Database& database) { return find_of_every_ca(database, id); });
}

Result<std::vector<Bytes>> SqliteCertificateStore::serials_with_beginning(const std::string& digits,
                                                                          std::size_t max) {
  return file_.browse([&](Database& database) { return find_serials(database, digits, max); });
}

Result<core::CertificatePage> SqliteCertificateStore::list(const core::CertificateFilter& filter) {
  return file_.browse([&](Database& database) { return list_certificates(database, filter); });
}

Result<bool> SqliteCertificateStore::index_subjects() {
  const std::lock_guard lock(index_mutex_);
  if (!reading_) {
    CC_TRY_ASSIGN(const auto task, file_.browse(next_subject_task));
    if (!task) return false;
    if (task->gone) {
      CC_TRY(file_.write([&](StoreWriter& writer) { return drop_block(writer, task->block); }));
      return true;
    }
    reading_ = std::make_unique<SubjectBlock>();
    reading_->task = *task;
  }
  CC_TRY_ASSIGN(const bool whole, file_.browse([&](Database& database) {
    return read_subjects(database, *reading_, kReadAtOnce);
  }));
  if (!whole) return true;
  const std::unique_ptr<SubjectBlock> block = std::move(reading_);
  const std::vector<EncodedGram> grams = block->grams.encode();
  CC_TRY(file_.write([&](StoreWriter& writer) { return save_block(writer, *block, grams); }));
  return true;
}

Result<std::vector<core::RevokeResult>> SqliteCertificateStore::revoke(
    const core::CaFingerprint& ca, const std::vector<core::RevokeEntry>& entries,
    Timestamp /*now*/) {
  return file_.write([&](StoreWriter& writer) { return revoke_certificates(writer, ca, entries); });
}

Result<std::uint64_t> SqliteCertificateStore::revocation_generation(const core::CaFingerprint& ca) {
  return file_.read([&](Database& database) { return store::revocation_generation(database, ca); });
}

Status SqliteCertificateStore::for_each_revoked(
    const core::CaFingerprint& ca, Timestamp expires_after,
    const std::function<void(const core::RevokedSerial&)>& visit) {
  Bytes after;
  for (;;) {
    // The caller may be a thread of low priority, and devices wait for the lock of read().
    CC_TRY_ASSIGN(const auto page, file_.browse([&](Database& database) {
      return revoked_after(database, ca, expires_after, after);
    }));
    for (const core::RevokedSerial& revoked : page) visit(revoked);
    if (page.size() < kRevocationPage) return {};
    after = page.back().serial;
  }
}

Result<std::optional<core::CrlRecord>> SqliteCertificateStore::crl(const core::CaFingerprint& ca) {
  return file_.read([&](Database& database) { return find_crl(database, ca); });
}

Result<std::uint64_t> SqliteCertificateStore::last_crl_number(const core::CaFingerprint& ca) {
  return file_.read([&](Database& database) { return store::last_crl_number(database, ca); });
}

Result<std::uint64_t> SqliteCertificateStore::take_crl_number(const core::CaFingerprint& ca,
                                                              std::uint64_t least) {
  return file_.write(
      [&](StoreWriter& writer) { return store::take_crl_number(writer, ca, least); });
}

Status SqliteCertificateStore::save_crl(const core::CaFingerprint& ca,
                                        const core::CrlRecord& record) {
  return file_.write([&](StoreWriter& writer) { return store::save_crl(writer, ca, record); });
}

Result<std::uint64_t> SqliteCertificateStore::purge_expired(Timestamp before, std::size_t max) {
  return file_.write([&](StoreWriter& writer) { return purge_certificates(writer, before, max); });
}

Result<std::uint64_t> SqliteCertificateStore::count(const core::CaFingerprint& ca) {
  return file_.read([&](Database& database) { return count_certificates(database, ca); });
}

}  // namespace certconnector::store
