// The bounds that the CA's own certificate and those of its issuers set to what it issues: extended
// key usages, which verifiers nest, and name constraints. No verifier takes a certificate beyond.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/ca/local/certificate_template.h"
#include "agent/ca/local/tbs_certificate.h"
#include "agent/core/job.h"
#include "agent/core/ports/certificate_authority.h"
#include "common/crypto/certificate.h"
#include "common/crypto/name_constraints.h"
#include "common/result/result.h"

namespace certconnector::ca {

// A certificate before its signature, and who asked for it.
struct BoundedIssue {
  const core::Submission& submission;
  std::vector<std::string> purposes;  // of `certificate`
  const CertificateFields& certificate;
};

// Immutable; thread-safe.
class CaBounds {
 public:
  // `issuers`: from the CA's issuer up. Errors: malformed name constraints.
  [[nodiscard]] static Result<CaBounds> of(const crypto::Certificate& ca,
                                           const std::vector<crypto::Certificate>& issuers);

  // Names the first purpose that the CA may not certify, and the certificate that says so; nothing:
  // all are within.
  [[nodiscard]] std::optional<std::string> beyond(const std::vector<std::string>& purposes) const;
  // Denied: the purposes, or the names, are beyond. The message says who can correct it.
  [[nodiscard]] std::optional<core::Failed> check(const BoundedIssue& issue) const;
  // The template as the CA can issue it: the agent's own keep the purposes that are within.
  [[nodiscard]] TemplateSettings fitted(TemplateSettings settings) const;
  // Sentences for a person: the templates that the CA cannot issue, its name constraints, and why
  // verifiers refuse what it issues.
  [[nodiscard]] std::vector<std::string> limits(
      const std::vector<TemplateSettings>& templates) const;
  // Error bad_certificate: the CA cannot issue any of these templates.
  [[nodiscard]] Status check_templates(const std::vector<TemplateSettings>& templates) const;

 private:
  // A purpose, and the certificate that does not let the CA certify it.
  struct Beyond {
    std::string purpose;
    std::string why;
  };
  struct PurposeBound {
    std::string ca;  // subject
    std::vector<std::string> purposes;
  };
  struct NameBound {
    std::string ca;
    crypto::NameConstraints names;
  };

  void add_purposes(const crypto::Certificate& one);
  // Faults that no template can mend.
  void add_faults(const crypto::Certificate& one);
  [[nodiscard]] std::vector<std::string> refused_by_openssl(const TemplateSettings& one) const;
  [[nodiscard]] std::optional<Beyond> first_beyond(const std::vector<std::string>& purposes) const;

  std::vector<PurposeBound> purposes_;
  std::vector<PurposeBound> any_purpose_;  // of those with anyExtendedKeyUsage
  std::vector<std::string> faults_;        // sentences for a person
  std::vector<NameBound> names_;
};

}  // namespace certconnector::ca
