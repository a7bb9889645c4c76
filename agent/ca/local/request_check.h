// Checks a request against a template. Pure; no clock, no state.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "agent/ca/local/certificate_template.h"
#include "agent/core/ports/certificate_authority.h"

namespace certconnector::ca {

// The certificate's content beside its key.
struct AllowedContent {
  Bytes subject;  // DER Name
  std::uint16_t key_usage = 0;
  bool whole_extended_key_usage = true;         // all purposes of the template
  std::vector<std::string> extended_key_usage;  // else these
  Bytes subject_alt_name;                       // the extension's value; empty: no extension
  bool empty_subject = false;
  // Asked for by the request, and not in the certificate. For a person: "smimeCapabilities
  // (1.2.840.113549.1.9.15), key usage nonRepudiation". Empty: nothing.
  std::string left_out;
  std::string note;  // about the names, for a person; may be empty
};

// The template decides: of the request's extensions SAN, key usage, extended key usage and the
// security identifier count. Requested usages narrow the template's and never widen them. The
// certificate holds no more than the submission's bound. A security identifier passes only when it
// is that of the submission. Usages that the job names, and templates with exact_usages, refuse
// what they would have to cut. The subject is that of the renewed certificate, if there is one.
// Names are written by common/crypto/issuable_name.h; addresses in the subject become alternative
// names as well, where template and job allow them.
[[nodiscard]] std::variant<AllowedContent, core::Failed> check_request(
    const CertificateTemplate& issuing, const core::Submission& submission);

}  // namespace certconnector::ca
