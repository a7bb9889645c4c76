// A CA behind a helper program. Stateless: each call is one run of the helper, and the helper's
// cookie names a pending request.
//
// Thread-safe; each concurrent call runs one helper. A call ends at its deadline and soon after its
// stop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/ca/backend.h"
#include "agent/ca/exec/helper.h"
#include "agent/ca/foreign_ca.h"
#include "common/crypto/certificate.h"

namespace certconnector::ca {

class ExecCa final : public core::CertificateAuthority, public core::CertificateFinder {
 public:
  // `chain`: the CA's certificate, then those up to the root; at least one.
  ExecCa(const CaSection& section, const ExecSettings& settings,
         std::vector<crypto::Certificate> chain, const Clock& clock);

  [[nodiscard]] core::CaDescription describe() const override { return ca_.describe(); }
  std::vector<core::SubmitAnswer> submit(const std::vector<core::Submission>& submissions,
                                         const core::CallContext& call) override;
  core::SubmitAnswer retrieve(const std::string& request_id, const core::IdempotencyKey& key,
                              const core::CallContext& call) override;
  std::vector<core::RevokeAnswer> revoke(const std::vector<core::Revocation>& revocations,
                                         const core::CallContext& call) override;
  [[nodiscard]] std::vector<Bytes> chain() const override { return ca_.chain(); }
  // Runs FETCH-ROOTS, or IDENTIFY where the helper does not know that; and the dates of the CA's
  // certificate.
  Status check(const core::CallContext& call) override;
  Result<std::optional<core::Issued>> find(const core::IdempotencyKey& key,
                                           ByteView public_key_info, Timestamp submitted_after,
                                           const core::CallContext& call) override;

 private:
  [[nodiscard]] core::SubmitAnswer submit_one(const core::Submission& submission,
                                              const core::CallContext& call) const;
  [[nodiscard]] core::RevokeAnswer revoke_one(const core::Revocation& revocation,
                                              const core::CallContext& call) const;

  const ForeignCa ca_;
  const Helper helper_;
  const Clock& clock_;
};

// The certificates of FETCH-ROOTS: PEM, with other lines between them.
[[nodiscard]] Result<std::string> fetch_roots(const Helper& helper, const core::CallContext& call);

}  // namespace certconnector::ca
