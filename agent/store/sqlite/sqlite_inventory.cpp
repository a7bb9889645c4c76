#include "agent/store/sqlite/sqlite_inventory.h"

#include <utility>

#include "agent/store/sqlite/backup.h"
#include "agent/store/sqlite/connection_pair.h"
#include "agent/store/sqlite/inventory_schema.h"
#include "agent/store/sqlite/inventory_writer.h"

namespace certconnector::store {
namespace {

DatabaseOptions database_options(const InventoryOptions& options) {
  DatabaseOptions database;
  database.path = options.path;
  database.role = inventory_role();
  database.cache_kib = options.cache_kib;
  database.vfs = options.vfs;
  database.max_pages = options.max_pages;
  return database;
}

}  // namespace

struct SqliteInventory::Parts : ConnectionPair<InventoryWriter> {
  using ConnectionPair::ConnectionPair;
};

SqliteInventory::SqliteInventory(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteInventory::~SqliteInventory() = default;

Result<std::unique_ptr<SqliteInventory>> SqliteInventory::open(const InventoryOptions& options) {
  const DatabaseOptions database = database_options(options);
  CC_TRY_ASSIGN(OpenedPair opened, open_pair(database, inventory_schema()));
  auto parts =
      std::make_unique<Parts>(std::move(opened.writer), std::move(opened.reader), database);
  return std::unique_ptr<SqliteInventory>(new SqliteInventory(std::move(parts)));
}

Status SqliteInventory::check_file(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.role = inventory_role();
  return check_database(options, inventory_schema());
}

Result<std::vector<std::optional<core::InventoryRecord>>> SqliteInventory::find(
    const core::CaFingerprint& ca, const std::vector<core::IdempotencyKey>& keys) {
  return parts_->peek([&](InventoryWriter& writer) { return find_by_keys(writer, ca, keys); });
}

Result<std::vector<core::IssuedCertificate>> SqliteInventory::record(
    const core::CaFingerprint& ca, const std::vector<core::InventoryEntry>& entries,
    Timestamp now) {
  return parts_->write(
      [&](InventoryWriter& writer) { return record_certificates(writer, ca, entries, now); });
}

Result<std::optional<core::InventoryRecord>> SqliteInventory::find(const core::CaFingerprint& ca,
                                                                   const core::CertificateId& id) {
  return parts_->peek([&](InventoryWriter& writer) { return find_by_id(writer, ca, id); });
}

Result<std::vector<core::RevokeResult>> SqliteInventory::revoke(
    const core::CaFingerprint& ca, const std::vector<core::RevokeEntry>& entries,
    Timestamp /*now*/) {
  return parts_->write(
      [&](InventoryWriter& writer) { return revoke_certificates(writer, ca, entries); });
}

Result<std::uint64_t> SqliteInventory::revocation_generation(const core::CaFingerprint& ca) {
  return parts_->peek(
      [&](InventoryWriter& writer) { return store::revocation_generation(writer, ca); });
}

Status SqliteInventory::for_each_revoked(
    const core::CaFingerprint& ca, Timestamp expires_after,
    const std::function<void(const core::RevokedSerial&)>& visit) {
  return parts_->read(
      [&](Database& database) { return visit_revoked(database, ca, expires_after, visit); });
}

Result<std::optional<core::CrlRecord>> SqliteInventory::crl(const core::CaFingerprint& ca) {
  return parts_->peek([&](InventoryWriter& writer) { return find_crl(writer, ca); });
}

Result<std::uint64_t> SqliteInventory::take_crl_number(const core::CaFingerprint& ca,
                                                       std::uint64_t least) {
  return parts_->write(
      [&](InventoryWriter& writer) { return store::take_crl_number(writer, ca, least); });
}

Status SqliteInventory::save_crl(const core::CaFingerprint& ca, const core::CrlRecord& record) {
  return parts_->write(
      [&](InventoryWriter& writer) { return store::save_crl(writer, ca, record); });
}

Result<std::uint64_t> SqliteInventory::purge_expired(Timestamp before, std::size_t max) {
  return parts_->write(
      [&](InventoryWriter& writer) { return purge_certificates(writer, before, max); });
}

Result<std::uint64_t> SqliteInventory::count(const core::CaFingerprint& ca) {
  return parts_->peek([&](InventoryWriter& writer) { return count_certificates(writer, ca); });
}

Status SqliteInventory::backup_to(const std::string& path) {
  return copy_database(parts_->options(), path);
}

}  // namespace certconnector::store
