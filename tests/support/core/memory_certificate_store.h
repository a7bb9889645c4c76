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
  std::string name = std::string(32, 'd');  // what id() says
  // While set, every call that writes fails with a transient error.
  void fail_writes(bool fail);
  void fail_reads(bool fail);
  // From now on every call, or every one that writes, finds the file damaged.
  void be_damaged(bool for_reads_too);
  [[nodiscard]] std::size_t record_calls() const;
  [[nodiscard]] std::vector<core::CertificateRecord> records() const;
  // Revokes certificates of every CA that the store does not have.
  void add_revoked(Bytes serial, Timestamp not_after, core::RevocationRecord revocation);

  Result<std::string> id() override { return name; }
  Result<std::vector<std::optional<core::CertificateRecord>>> find(
      const core::CaFingerprint& ca, const std::vector<core::IdempotencyKey>& keys) override;
  Result<std::vector<core::IssuedCertificate>> record(
      const core::CaFingerprint& ca, const std::vector<core::CertificateEntry>& entries,
      Timestamp now) override;
  Result<std::optional<core::CertificateRecord>> find(const core::CaFingerprint& ca,
                                                      const core::CertificateId& id) override;
  Result<std::vector<core::ListedCertificate>> find(const core::CertificateId& id) override;
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
  void join_lineage(const core::CaFingerprint& ca, const Bytes& serial, core::LineageId lineage);

  // As if a backup from before the first certificate were put back.
  void forget();

 private:
  [[nodiscard]] std::vector<core::ListedCertificate> newest_first() const;

  // Of one CA.
  struct Shelf {
    std::vector<core::CertificateKey> keys;  // of the records
    std::vector<core::CertificateRecord> records;
    std::map<Bytes, std::pair<std::int64_t, Timestamp>> numbers;  // and times, by serial number
    std::uint64_t generation = 0;
    std::uint64_t last_number = 0;
    std::optional<core::CrlRecord> crl;
  };
  [[nodiscard]] static core::CertificateRecord* find_on(Shelf& shelf,
                                                        const core::CertificateId& id);
  [[nodiscard]] core::CertificateRecord* find_planted(const core::CertificateId& id);
  [[nodiscard]] core::RevokeResult revoke_on(Shelf& shelf, const core::RevokeEntry& entry);

  mutable std::mutex mutex_;
  std::map<core::CaFingerprint, Shelf> shelves_;
  std::vector<core::CertificateRecord> planted_;
  std::set<std::int64_t> compromised_;  // lineages
  std::int64_t last_entry_ = 0;
  std::size_t record_calls_ = 0;
  std::optional<Error> write_failure_;
  std::optional<Error> read_failure_;
};

}  // namespace certconnector::ca::testing
