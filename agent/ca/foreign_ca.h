// The common part of the backends of other parties' CAs: the CA's certificates, and the templates
// that the configuration offers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/ca/backend.h"
#include "common/crypto/certificate.h"

namespace certconnector::ca {

// Thread-safe.
class ForeignCa {
 public:
  // `chain`: the CA's certificate, then those up to the root; at least one.
  ForeignCa(const CaSection& section, std::vector<crypto::Certificate> chain);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] core::CaDescription describe() const;
  [[nodiscard]] std::vector<Bytes> chain() const;  // DER
  // Errors, permanent: expired or not_yet_valid, for one of the certificates.
  [[nodiscard]] Status check_dates(Timestamp now) const;
  // The answer to a submission that is not for the CA to see: its template is unknown, or a person
  // has to approve it first. Nothing: the CA is to be asked.
  [[nodiscard]] std::optional<core::SubmitAnswer> refuse(const core::Submission& submission) const;
  // Whether the template of a submission that refuse() let pass is one of the agent's alone.
  [[nodiscard]] bool is_for_agent(const core::Submission& submission) const;

 private:
  [[nodiscard]] const TemplateSettings* find_template(const core::Submission& submission) const;

  const std::string name_;
  const std::string backend_;
  const std::vector<TemplateSettings> templates_;
  const std::vector<crypto::Certificate> chain_;
};

[[nodiscard]] core::Issued issued(const crypto::Certificate& certificate);

}  // namespace certconnector::ca
