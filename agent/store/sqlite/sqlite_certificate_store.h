// The certificate store in agent.db. Thread-safe.
//
// for_each_revoked() reads page by page over a separate connection: issuing and revoking go on
// while a CRL is made. A revocation that comes meanwhile may be left out; the generation tells.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "agent/store/sqlite/agent_database.h"
#include "common/result/result.h"

namespace certconnector::store {

struct SubjectBlock;

class SqliteCertificateStore final : public core::CertificateStore {
 public:
  // `file` outlives it.
  explicit SqliteCertificateStore(AgentDatabase& file);
  ~SqliteCertificateStore() override;

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
  Result<bool> index_subjects() override;

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

 private:
  AgentDatabase& file_;
  std::mutex index_mutex_;
  std::unique_ptr<SubjectBlock>
      reading_;  // the next block of the index of subjects, while it is read
};

}  // namespace certconnector::store
