// The operations of the certificate store, one topic a source file. Each runs under the mutex of
// its connection, and inside a transaction when it writes; the contracts are those of
// agent/core/ports/certificate_store.h.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "agent/store/sqlite/store_writer.h"

namespace certconnector::store {

struct FoundCertificate {
  std::int64_t entry = 0;
  core::CertificateEntry certificate;
  core::LineageId lineage;
};

// certificate_rows.cpp
[[nodiscard]] Result<std::optional<FoundCertificate>> find_certificate(
    Database& database, std::int64_t authority, const core::CertificateId& id);
[[nodiscard]] Result<std::vector<std::optional<core::CertificateRecord>>> find_by_keys(
    Database& database, const core::CaFingerprint& ca,
    const std::vector<core::IdempotencyKey>& keys);
[[nodiscard]] Result<std::optional<core::CertificateRecord>> find_by_id(
    Database& database, const core::CaFingerprint& ca, const core::CertificateId& id);
[[nodiscard]] Result<std::uint64_t> count_certificates(Database& database,
                                                       const core::CaFingerprint& ca);

struct NewCertificateRow {
  std::int64_t entry = 0;
  std::int64_t authority = 0;
  std::optional<std::int64_t> ticket = std::nullopt;  // of its job
  Timestamp recorded = {};
  std::optional<std::int64_t> lineage = std::nullopt;
  std::optional<std::int64_t> renews = std::nullopt;  // an entry
};
[[nodiscard]] Status insert_certificate(Database& database, const NewCertificateRow& row,
                                        const core::CertificateEntry& entry);
// Of one that is there: ticket, time, holder and template; the rest stays.
[[nodiscard]] Status update_certificate(Database& database, const NewCertificateRow& row,
                                        std::int64_t entry_number,
                                        const core::CertificateEntry& entry);

struct RecordedCertificate {
  std::int64_t entry = 0;
  // Set: the key had this certificate before, and keeps it.
  std::optional<core::IssuedCertificate> before;
};
// Gives the row its number.
[[nodiscard]] Result<RecordedCertificate> record_certificate(StoreWriter& writer,
                                                             NewCertificateRow row,
                                                             const core::CertificateEntry& entry);
// The certificate that a job has brought, with what is known of its enrollment.
[[nodiscard]] Result<RecordedCertificate> record_issued(StoreWriter& writer,
                                                        const NewCertificateRow& job,
                                                        core::CertificateEntry entry);
[[nodiscard]] Result<std::vector<core::IssuedCertificate>> record_certificates(
    StoreWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::CertificateEntry>& entries, Timestamp now);
[[nodiscard]] Result<std::uint64_t> purge_certificates(StoreWriter& writer, Timestamp before,
                                                       std::size_t max);

// certificate_search.cpp
[[nodiscard]] Result<core::CertificatePage> list_certificates(
    Database& database, const core::CertificateFilter& filter);
[[nodiscard]] Result<std::vector<core::ListedCertificate>> find_of_every_ca(
    Database& database, const core::CertificateId& id);
[[nodiscard]] Result<std::vector<Bytes>> find_serials(Database& database, const std::string& digits,
                                                      std::size_t max);

// revocation_rows.cpp
inline constexpr std::size_t kRevocationPage = 1000;

[[nodiscard]] Result<std::optional<core::RevocationRecord>> find_revocation(Database& database,
                                                                            std::int64_t authority,
                                                                            const Bytes& serial);
// The next CRL has to show something else.
[[nodiscard]] Status note_revocation(Database& database, std::int64_t authority);
// By the rules of certificate_rules.h. `end` is that of a certificate that is not known.
[[nodiscard]] Result<core::RevokeResult> revoke_serial(Database& database, std::int64_t authority,
                                                       const core::RevokeEntry& entry,
                                                       std::optional<Timestamp> end);
[[nodiscard]] Result<std::vector<core::RevokeResult>> revoke_certificates(
    StoreWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::RevokeEntry>& entries);
[[nodiscard]] Result<std::uint64_t> revocation_generation(Database& database,
                                                          const core::CaFingerprint& ca);
// At most kRevocationPage, in the order of their serial numbers, those after `after`.
[[nodiscard]] Result<std::vector<core::RevokedSerial>> revoked_after(Database& database,
                                                                     const core::CaFingerprint& ca,
                                                                     Timestamp expires_after,
                                                                     const Bytes& after);

// earlier_rows.cpp
[[nodiscard]] Status name_authority(StoreWriter& writer, const core::CaFingerprint& ca,
                                    const core::CaKeyId& key);
[[nodiscard]] Status note_earlier_issues(StoreWriter& writer, const core::CaFingerprint& ca);
[[nodiscard]] Result<bool> may_have_issued_more(Database& database, std::int64_t authority);
[[nodiscard]] Result<bool> may_have_issued_more(Database& database, const core::CaFingerprint& ca);
[[nodiscard]] Result<core::EarlierRevocations> record_earlier_revocations(
    StoreWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::EarlierRevocation>& revocations);
[[nodiscard]] Result<std::vector<core::EarlierCertificate>> record_earlier_certificates(
    StoreWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::CertificateEntry>& certificates, Timestamp now);
[[nodiscard]] Status raise_crl_number(StoreWriter& writer, const core::CaFingerprint& ca,
                                      std::uint64_t number);

// crl_rows.cpp
[[nodiscard]] Result<std::optional<core::CrlRecord>> find_crl(Database& database,
                                                              const core::CaFingerprint& ca);
[[nodiscard]] Result<std::uint64_t> last_crl_number(Database& database,
                                                    const core::CaFingerprint& ca);
// As core::StoreMark.
[[nodiscard]] Result<std::uint64_t> progress_of(Database& database);
[[nodiscard]] Result<std::uint64_t> take_crl_number(StoreWriter& writer,
                                                    const core::CaFingerprint& ca,
                                                    std::uint64_t least);
[[nodiscard]] Status save_crl(StoreWriter& writer, const core::CaFingerprint& ca,
                              const core::CrlRecord& record);

}  // namespace certconnector::store
