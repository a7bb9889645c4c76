#include "agent/store/sqlite/sqlite_certificate_store.h"

#include <utility>

#include "agent/store/sqlite/backup.h"
#include "agent/store/sqlite/certificate_schema.h"
#include "agent/store/sqlite/certificate_writer.h"
#include "agent/store/sqlite/connection_pair.h"

namespace certconnector::store {
namespace {

DatabaseOptions database_options(const CertificateStoreOptions& options) {
  DatabaseOptions database;
  database.path = options.path;
  database.role = certificate_role();
  database.cache_kib = options.cache_kib;
  database.vfs = options.vfs;
  database.max_pages = options.max_pages;
  return database;
}

}  // namespace

struct SqliteCertificateStore::Parts : ConnectionPair<CertificateWriter> {
  using ConnectionPair::ConnectionPair;
};

SqliteCertificateStore::SqliteCertificateStore(std::unique_ptr<Parts> parts)
    : parts_(std::move(parts)) {}
SqliteCertificateStore::~SqliteCertificateStore() = default;

Result<std::unique_ptr<SqliteCertificateStore>> SqliteCertificateStore::open(
    const CertificateStoreOptions& options) {
  const DatabaseOptions database = database_options(options);
  CC_TRY_ASSIGN(OpenedPair opened, open_pair(database, certificate_schema()));
  auto parts =
      std::make_unique<Parts>(std::move(opened.writer), std::move(opened.reader), database);
  return std::unique_ptr<SqliteCertificateStore>(new SqliteCertificateStore(std::move(parts)));
}

Status SqliteCertificateStore::check_file(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.role = certificate_role();
  return check_database(options, certificate_schema());
}

Result<std::vector<std::optional<core::CertificateRecord>>> SqliteCertificateStore::find(
    const core::CaFingerprint& ca, const std::vector<core::IdempotencyKey>& keys) {
  return parts_->peek([&](CertificateWriter& writer) { return find_by_keys(writer, ca, keys); });
}

Result<std::vector<core::IssuedCertificate>> SqliteCertificateStore::record(
    const core::CaFingerprint& ca, const std::vector<core::CertificateEntry>& entries,
    Timestamp now) {
  return parts_->write(
      [&](CertificateWriter& writer) { return record_certificates(writer, ca, entries, now); });
}

Result<std::optional<core::CertificateRecord>> SqliteCertificateStore::find(
    const core::CaFingerprint& ca, const core::CertificateId& id) {
  return parts_->peek([&](CertificateWriter& writer) { return find_by_id(writer, ca, id); });
}

Result<std::vector<core::RevokeResult>> SqliteCertificateStore::revoke(
    const core::CaFingerprint& ca, const std::vector<core::RevokeEntry>& entries,
    Timestamp /*now*/) {
  return parts_->write(
      [&](CertificateWriter& writer) { return revoke_certificates(writer, ca, entries); });
}

Result<std::uint64_t> SqliteCertificateStore::revocation_generation(const core::CaFingerprint& ca) {
  return parts_->peek(
      [&](CertificateWriter& writer) { return store::revocation_generation(writer, ca); });
}

Status SqliteCertificateStore::for_each_revoked(
    const core::CaFingerprint& ca, Timestamp expires_after,
    const std::function<void(const core::RevokedSerial&)>& visit) {
  return parts_->read(
      [&](Database& database) { return visit_revoked(database, ca, expires_after, visit); });
}

Result<std::optional<core::CrlRecord>> SqliteCertificateStore::crl(const core::CaFingerprint& ca) {
  return parts_->peek([&](CertificateWriter& writer) { return find_crl(writer, ca); });
}

Result<std::uint64_t> SqliteCertificateStore::take_crl_number(const core::CaFingerprint& ca,
                                                              std::uint64_t least) {
  return parts_->write(
      [&](CertificateWriter& writer) { return store::take_crl_number(writer, ca, least); });
}

Status SqliteCertificateStore::save_crl(const core::CaFingerprint& ca,
                                        const core::CrlRecord& record) {
  return parts_->write(
      [&](CertificateWriter& writer) { return store::save_crl(writer, ca, record); });
}

Result<std::uint64_t> SqliteCertificateStore::purge_expired(Timestamp before, std::size_t max) {
  return parts_->write(
      [&](CertificateWriter& writer) { return purge_certificates(writer, before, max); });
}

Result<std::uint64_t> SqliteCertificateStore::count(const core::CaFingerprint& ca) {
  return parts_->peek([&](CertificateWriter& writer) { return count_certificates(writer, ca); });
}

Status SqliteCertificateStore::backup_to(const std::string& path) {
  return copy_database(parts_->options(), path);
}

}  // namespace certconnector::store
