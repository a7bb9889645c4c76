// The certificate store port in memory, with faults for tests.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_store.h"

namespace certconnector::ca::testing {

// Thread-safe. Keeps the port's contract by agent/core/certificate_rules.h.
class MemoryCertificateStore final : public core::CertificateStore {
 public:
  std::string name = std::string(32, 'd');  // what mark() says
  // While set, every call that writes fails with a transient error.
  void fail_writes(bool fail);
  void fail_reads(bool fail);
  // From now on every call, or every one that writes, finds the file damaged.
  void be_damaged(bool for_reads_too);
  [[nodiscard]] std::size_t record_calls() const;
  [[nodiscard]] std::vector<core::CertificateRecord> records() const;
  // Revokes certificates of every CA that the store does not have.
  void add_revoked(Bytes serial, Timestamp not_after, core::RevocationRecord revocation);

  Result<core::StoreMark> mark() override;
  Status name_ca(const core::CaFingerprint& ca, const core::CaKeyId& key) override;
  Result<bool> knows_ca(const core::CaFingerprint& ca) override;
  Status note_earlier_issues(const core::CaFingerprint& ca) override;
  Result<bool> may_have_issued_more(const core::CaFingerprint& ca) override;
  Result<core::EarlierRevocations> record_earlier(
      const core::CaFingerprint& ca,
      const std::vector<core::EarlierRevocation>& revocations) override;
  Result<std::vector<core::EarlierCertificate>> record_earlier(
      const core::CaFingerprint& ca, const std::vector<core::CertificateEntry>& certificates,
      Timestamp now) override;
  Status raise_crl_number(const core::CaFingerprint& ca, std::uint64_t number) override;
  Result<std::vector<std::optional<core::CertificateRecord>>> find(
      const core::CaFingerprint& ca, const std::vector<core::IdempotencyKey>& keys) override;
  Result<std::vector<core::IssuedCertificate>> record(
      const core::CaFingerprint& ca, const std::vector<core::CertificateEntry>& entries,
      Timestamp now) override;
  Result<std::optional<core::CertificateRecord>> find(const core::CaFingerprint& ca,
                                                      const core::CertificateId& id) override;
  Result<std::vector<core::ListedCertificate>> find(const core::CertificateId& id) override;
  Result<std::vector<Bytes>> serials_with_beginning(const std::string& digits,
                                                    std::size_t max) override;
  Result<core::CertificatePage> list(const core::CertificateFilter& filter) override;
  // Has nothing to prepare.
  Result<bool> index_subjects() override { return false; }
  Result<std::vector<core::RevokeResult>> revoke(const core::CaFingerprint& ca,
                                                 const std::vector<core::RevokeEntry>& entries,
                                                 Timestamp now) override;
  Result<std::uint64_t> revocation_generation(const core::CaFingerprint& ca) override;
  Status for_each_revoked(const core::CaFingerprint& ca, Timestamp expires_after,
                          const std::function<void(const core::RevokedSerial&)>& visit) override;
  Result<std::optional<core::CrlRecord>> crl(const core::CaFingerprint& ca) override;
  Result<std::uint64_t> last_crl_number(const core::CaFingerprint& ca) override;
  Result<std::uint64_t> take_crl_number(const core::CaFingerprint& ca,
                                        std::uint64_t least) override;
  Status save_crl(const core::CaFingerprint& ca, const core::CrlRecord& record) override;
  Result<std::uint64_t> purge_expired(Timestamp before, std::size_t max) override;
  Result<std::uint64_t> count(const core::CaFingerprint& ca) override;

  // The number of a certificate, and how its lineage stands. As the rows of a store that has
  // enrollments too.
  struct Lineage {
    std::int64_t entry = 0;
    core::LineageId id;
    std::string device;
    bool compromised = false;
    std::size_t in_force = 0;
    std::size_t lately = 0;
  };
  [[nodiscard]] std::optional<Lineage> lineage_of(const core::CaFingerprint& ca,
                                                  const Bytes& serial, Timestamp now) const;
  // Its counts; none for an unknown one.
  [[nodiscard]] Lineage lineage(core::LineageId id, Timestamp now) const;
  void compromise(core::LineageId id);
  void join_lineage(const core::CaFingerprint& ca, const Bytes& serial, core::LineageId lineage);

  // As if a backup from before the first certificate were put back.
  void forget();

 private:
  [[nodiscard]] std::vector<core::ListedCertificate> newest_first() const;
  struct Shelf;
  void count_members(const Shelf& shelf, Lineage& lineage, Timestamp now) const;

  // Of one CA.
  struct Shelf {
    std::vector<core::CertificateKey> keys;  // of the records
    std::vector<core::CertificateRecord> records;
    std::map<Bytes, std::pair<std::int64_t, Timestamp>> numbers;  // and times, by serial number
    std::uint64_t generation = 0;
    std::uint64_t last_number = 0;
    std::optional<core::CrlRecord> crl;
    std::optional<core::CaKeyId> key;
    bool issued_more = false;
    std::vector<core::CertificateRecord> unknown;  // revoked, and not here
  };
  // By any fingerprint of the CA.
  [[nodiscard]] Shelf& shelf_of(const core::CaFingerprint& ca);
  [[nodiscard]] static bool is_empty(const Shelf& shelf);
  core::EarlierCertificate add_earlier(Shelf& shelf, const core::CertificateEntry& entry,
                                       Timestamp now);
  void insert(Shelf& shelf, const core::CertificateEntry& entry, Timestamp now);
  [[nodiscard]] static core::CertificateRecord* find_on(Shelf& shelf,
                                                        const core::CertificateId& id);
  // A revocation whose certificate is not here.
  [[nodiscard]] core::CertificateRecord* find_planted(Shelf& shelf, const core::CertificateId& id);
  // `end`: of a certificate that is not here; nothing: it is unknown.
  [[nodiscard]] core::RevokeResult revoke_on(Shelf& shelf, const core::RevokeEntry& entry,
                                             std::optional<Timestamp> end);

  mutable std::mutex mutex_;
  std::map<core::CaFingerprint, Shelf> shelves_;
  std::map<core::CaFingerprint, core::CaFingerprint> former_;  // to the one of now
  std::vector<core::CertificateRecord> planted_;
  std::set<std::int64_t> compromised_;  // lineages
  std::int64_t last_entry_ = 0;
  std::size_t record_calls_ = 0;
  std::optional<Error> write_failure_;
  std::optional<Error> read_failure_;
};

}  // namespace certconnector::ca::testing
