// An enterprise CA of Active Directory Certificate Services. Stateless: the CA's own database knows
// a request again by an attribute with the job's key.
//
// Thread-safe. A submission whose outcome is in doubt is looked for before it is sent again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/ca/adcs/adcs_settings.h"
#include "agent/ca/adcs/certificate_services.h"
#include "agent/ca/backend.h"
#include "agent/ca/foreign_ca.h"

namespace certconnector::ca {

class AdcsCa final : public core::CertificateAuthority, public core::CertificateFinder {
 public:
  // `chain`: the CA's certificate, then those up to the root; at least one. The clock outlives it.
  AdcsCa(const CaSection& section, AdcsSettings settings, std::vector<crypto::Certificate> chain,
         std::unique_ptr<CertificateServices> services, const Clock& clock);

  [[nodiscard]] core::CaDescription describe() const override { return ca_.describe(); }
  std::vector<core::SubmitAnswer> submit(const std::vector<core::Submission>& submissions,
                                         const core::CallContext& call) override;
  core::SubmitAnswer retrieve(const std::string& request_id, const core::IdempotencyKey& key,
                              const core::CallContext& call) override;
  // AD CS takes no date of invalidity. Reasons that it does not have (privilegeWithdrawn,
  // aACompromise) become unspecified.
  std::vector<core::RevokeAnswer> revoke(const std::vector<core::Revocation>& revocations,
                                         const core::CallContext& call) override;
  [[nodiscard]] std::vector<Bytes> chain() const override { return ca_.chain(); }
  Status check(const core::CallContext& call) override;
  // Errors, transient: the request waits at the CA for a person too, so that nobody sends a second
  // one.
  Result<std::optional<core::Issued>> find(const core::IdempotencyKey& key,
                                           ByteView public_key_info, Timestamp submitted_after,
                                           const core::CallContext& call) override;

 private:
  [[nodiscard]] core::SubmitAnswer submit_one(const core::Submission& submission,
                                              const core::CallContext& call);
  [[nodiscard]] core::RevokeAnswer revoke_one(const core::Revocation& revocation,
                                              const core::CallContext& call);
  [[nodiscard]] core::RevokeAnswer revoke_at_ca(const std::string& serial,
                                                core::RevocationReason reason,
                                                const core::CallContext& call);

  const ForeignCa ca_;
  const AdcsSettings settings_;
  const std::unique_ptr<CertificateServices> services_;
  const Clock& clock_;
};

}  // namespace certconnector::ca
