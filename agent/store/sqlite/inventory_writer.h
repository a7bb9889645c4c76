// The inventory's one writing connection inside a transaction, and what the inventory does, one
// topic a source file. Used under the inventory's mutex; the contracts are those of
// agent/core/ports/certificate_inventory.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/core/ports/certificate_inventory.h"
#include "agent/store/sqlite/certificate_index.h"
#include "agent/store/sqlite/database.h"

namespace certconnector::store {

class InventoryWriter {
 public:
  explicit InventoryWriter(Database database) : database_(std::move(database)) {}

  [[nodiscard]] Database& database() { return database_; }
  [[nodiscard]] CertificateIndex& index() { return index_; }

  // The small number of a CA; made on first use.
  [[nodiscard]] Result<std::int64_t> authority(const core::CaFingerprint& fingerprint);
  // The same without making one: reads stay reads.
  [[nodiscard]] Result<std::optional<std::int64_t>> known_authority(
      const core::CaFingerprint& fingerprint);
  // Entries are numbered in the order of recording and no number is used twice.
  [[nodiscard]] Result<std::int64_t> next_entry();

  // Before the commit: writes counters.
  [[nodiscard]] Status flush();
  // After a rollback: what is cached may not be so.
  void forget();

 private:
  Database database_;
  CertificateIndex index_;
  std::unordered_map<std::string, std::int64_t> cas_;
  std::optional<std::int64_t> next_entry_;
  bool next_entry_changed_ = false;
};

struct FoundCertificate {
  std::int64_t entry = 0;
  core::InventoryEntry certificate;
};

// inventory_certificates.cpp
[[nodiscard]] Result<std::optional<FoundCertificate>> find_certificate(
    InventoryWriter& writer, std::int64_t authority, const core::CertificateId& id);
[[nodiscard]] Result<std::vector<std::optional<core::InventoryRecord>>> find_by_keys(
    InventoryWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::IdempotencyKey>& keys);
[[nodiscard]] Result<std::optional<core::InventoryRecord>> find_by_id(
    InventoryWriter& writer, const core::CaFingerprint& ca, const core::CertificateId& id);
[[nodiscard]] Result<std::vector<core::IssuedCertificate>> record_certificates(
    InventoryWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::InventoryEntry>& entries, Timestamp now);
[[nodiscard]] Result<std::uint64_t> purge_certificates(InventoryWriter& writer, Timestamp before,
                                                       std::size_t max);
[[nodiscard]] Result<std::uint64_t> count_certificates(InventoryWriter& writer,
                                                       const core::CaFingerprint& ca);

// inventory_revocations.cpp
[[nodiscard]] Result<std::optional<core::RevocationRecord>> find_revocation(Database& database,
                                                                            std::int64_t entry);
[[nodiscard]] Result<std::vector<core::RevokeResult>> revoke_certificates(
    InventoryWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::RevokeEntry>& entries);
[[nodiscard]] Result<std::uint64_t> revocation_generation(InventoryWriter& writer,
                                                          const core::CaFingerprint& ca);
[[nodiscard]] Status visit_revoked(Database& database, const core::CaFingerprint& ca,
                                   Timestamp expires_after,
                                   const std::function<void(const core::RevokedSerial&)>& visit);

// inventory_crl.cpp
[[nodiscard]] Result<std::optional<core::CrlRecord>> find_crl(InventoryWriter& writer,
                                                              const core::CaFingerprint& ca);
[[nodiscard]] Result<std::uint64_t> take_crl_number(InventoryWriter& writer,
                                                    const core::CaFingerprint& ca,
                                                    std::uint64_t least);
[[nodiscard]] Status save_crl(InventoryWriter& writer, const core::CaFingerprint& ca,
                              const core::CrlRecord& record);

}  // namespace certconnector::store
