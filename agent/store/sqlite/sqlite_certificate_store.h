// The certificate store in one SQLite file: WAL, synchronous=FULL, so that a call that has
// returned survives a power cut.
//
// Thread-safe. for_each_revoked() reads over a separate connection: issuing and revoking go on
// while a CRL is made; its callback must not call for_each_revoked() of the same certificate store.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "common/result/result.h"

namespace certconnector::store {

struct CertificateStoreOptions {
  std::string path;            // "<state_dir>/inventory.db"; its folder must exist
  int cache_kib = 4096;        // pages kept in memory
  std::string vfs{};           // for tests: SQLite VFS name; empty: the file system
  std::int64_t max_pages = 0;  // for tests: the file cannot grow beyond; 0: no limit
};

class SqliteCertificateStore final : public core::CertificateStore {
 public:
  // Makes a missing file (0600). Errors as SqliteJobStore::open().
  [[nodiscard]] static Result<std::unique_ptr<SqliteCertificateStore>> open(
      const CertificateStoreOptions& options);
  // Reads a whole file that nobody uses, such as a backup before it is restored.
  [[nodiscard]] static Status check_file(const std::string& path);
  ~SqliteCertificateStore() override;

  SqliteCertificateStore(const SqliteCertificateStore&) = delete;
  SqliteCertificateStore& operator=(const SqliteCertificateStore&) = delete;

  Result<std::vector<std::optional<core::CertificateRecord>>> find(
      const core::CaFingerprint& ca, const std::vector<core::IdempotencyKey>& keys) override;
  Result<std::vector<core::IssuedCertificate>> record(
      const core::CaFingerprint& ca, const std::vector<core::CertificateEntry>& entries,
      Timestamp now) override;
  Result<std::optional<core::CertificateRecord>> find(const core::CaFingerprint& ca,
                                                      const core::CertificateId& id) override;

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

  // A consistent copy of this moment in a new file (0600, durable), while the certificate store is
  // in use.
  [[nodiscard]] Status backup_to(const std::string& path);

 private:
  struct Parts;
  explicit SqliteCertificateStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace certconnector::store
