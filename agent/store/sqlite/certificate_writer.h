// The certificate store's one writing connection inside a transaction, and what the certificate
// store does, one topic a source file. Used under the certificate store's mutex; the contracts are
// those of agent/core/ports/certificate_store.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "agent/store/sqlite/certificate_index.h"
#include "agent/store/sqlite/database.h"

namespace certconnector::store {

class CertificateWriter {
 public:
  explicit CertificateWriter(Database database) : database_(std::move(database)) {}

  [[nodiscard]] Database& database() { return database_; }
  [[nodiscard]] LookupHashes& index() { return index_; }

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
  LookupHashes index_;
  std::unordered_map<std::string, std::int64_t> cas_;
  std::optional<std::int64_t> next_entry_;
  bool next_entry_changed_ = false;
};

struct FoundCertificate {
  std::int64_t entry = 0;
  core::CertificateEntry certificate;
};

// certificate_rows.cpp
[[nodiscard]] Result<std::optional<FoundCertificate>> find_certificate(
    CertificateWriter& writer, std::int64_t authority, const core::CertificateId& id);
[[nodiscard]] Result<std::vector<std::optional<core::CertificateRecord>>> find_by_keys(
    CertificateWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::IdempotencyKey>& keys);
[[nodiscard]] Result<std::optional<core::CertificateRecord>> find_by_id(
    CertificateWriter& writer, const core::CaFingerprint& ca, const core::CertificateId& id);
[[nodiscard]] Result<std::vector<core::IssuedCertificate>> record_certificates(
    CertificateWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::CertificateEntry>& entries, Timestamp now);
[[nodiscard]] Result<std::uint64_t> purge_certificates(CertificateWriter& writer, Timestamp before,
                                                       std::size_t max);
[[nodiscard]] Result<std::uint64_t> count_certificates(CertificateWriter& writer,
                                                       const core::CaFingerprint& ca);

// revocation_rows.cpp
[[nodiscard]] Result<std::optional<core::RevocationRecord>> find_revocation(Database& database,
                                                                            std::int64_t entry);
[[nodiscard]] Result<std::vector<core::RevokeResult>> revoke_certificates(
    CertificateWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::RevokeEntry>& entries);
[[nodiscard]] Result<std::uint64_t> revocation_generation(CertificateWriter& writer,
                                                          const core::CaFingerprint& ca);
[[nodiscard]] Status visit_revoked(Database& database, const core::CaFingerprint& ca,
                                   Timestamp expires_after,
                                   const std::function<void(const core::RevokedSerial&)>& visit);

// crl_rows.cpp
[[nodiscard]] Result<std::optional<core::CrlRecord>> find_crl(CertificateWriter& writer,
                                                              const core::CaFingerprint& ca);
[[nodiscard]] Result<std::uint64_t> take_crl_number(CertificateWriter& writer,
                                                    const core::CaFingerprint& ca,
                                                    std::uint64_t least);
[[nodiscard]] Status save_crl(CertificateWriter& writer, const core::CaFingerprint& ca,
                              const core::CrlRecord& record);

}  // namespace certconnector::store
