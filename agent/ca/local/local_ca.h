// The embedded CA: issues and revokes on OpenSSL with its key, certificate and certificate store.
//
// Thread-safe; concurrent submissions share no lock while they check, encode and sign. Idempotent
// by the submission's key: a certificate in the certificate store under that key is the answer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/ca/backend.h"
#include "agent/ca/local/ca_bounds.h"
#include "agent/ca/local/ca_identity.h"
#include "agent/ca/local/certificate_template.h"
#include "agent/ca/local/crl_publication.h"
#include "agent/ca/local/local_ca_settings.h"
#include "agent/ca/local/signer_pool.h"

namespace certconnector::ca {

class LocalCa final : public core::CertificateAuthority,
                      public core::CertificateFinder,
                      public core::CrlPublisher,
                      public core::CertificateLookup,
                      public core::SuccessorAnnouncer {
 public:
  // Errors: ca/not_set_up when it has no key and certificate yet; ca/bad_template;
  // ca/bad_certificate when key, certificate and chain do not match or have expired. All are
  // permanent and say what to do next.
  [[nodiscard]] static Result<std::shared_ptr<LocalCa>> open(const LocalCaSettings& settings,
                                                             const CaBackendParts& parts);

  [[nodiscard]] core::CaDescription describe() const override;
  std::vector<core::SubmitAnswer> submit(const std::vector<core::Submission>& submissions,
                                         const core::CallContext& call) override;
  // Nothing is ever pending here: denied.
  core::SubmitAnswer retrieve(const std::string& request_id, const core::IdempotencyKey& key,
                              const core::CallContext& call) override;
  std::vector<core::RevokeAnswer> revoke(const std::vector<core::Revocation>& revocations,
                                         const core::CallContext& call) override;
  [[nodiscard]] std::vector<Bytes> chain() const override;
  // Dates of the CA certificate and its issuers, a signature made and verified, the certificate
  // store, the CRL's end.
  Status check(const core::CallContext& call) override;

  Result<std::optional<core::Issued>> find(const core::IdempotencyKey& key,
                                           ByteView public_key_info, Timestamp submitted_after,
                                           const core::CallContext& call) override;
  Result<std::optional<core::CertificateRecord>> find_certificate(
      const core::CertificateId& id) override;

  Result<std::optional<core::CertificateRecord>> recognize(
      const crypto::Certificate& certificate) override;
  Result<bool> may_have_issued_more() override;

  Result<Bytes> announce(const std::vector<ByteView>& certificates) override;

  Result<Timestamp> publish_if_due() override { return crl_.publish_if_due(); }
  Status publish_now() override { return crl_.publish_now(); }
  [[nodiscard]] std::optional<core::CrlRecord> last_published() const override {
    return crl_.last_published();
  }
  [[nodiscard]] std::size_t partitions() const override { return crl_.partitions(); }
  [[nodiscard]] std::optional<std::string> why_unpublishable() const override {
    return crl_.why_unpublishable();
  }

 private:
  // The CA certificate's part of every certificate, encoded once.
  struct IssuerParts {
    Bytes subject;
    Bytes signature_algorithm;
    Bytes key_id;
    Bytes authority_key_id;  // the extension
  };

  struct Opened {
    LocalCaIdentity ca;
    CaBounds bounds;
    IssuerParts issuer;
    PartitionedUrls partitions;
  };

  LocalCa(const LocalCaSettings& settings, CaBackendParts parts, Opened opened);

  Status take_templates(const LocalCaSettings& settings);
  core::SubmitAnswer issue(const core::Submission& submission, Timestamp now,
                           crypto::Signer& signer) const;
  Status check_signature();

  const std::string name_;
  const CaBackendParts parts_;
  const std::vector<TemplateSettings> offered_;
  const LocalCaIdentity ca_;
  const CaBounds bounds_;
  const core::CaFingerprint fingerprint_;
  const IssuerParts issuer_;
  std::vector<core::TemplateDescription> descriptions_;
  std::unordered_map<std::string, CertificateTemplate> templates_;
  SignerPool signers_;
  CrlPublication crl_;
};

}  // namespace certconnector::ca
