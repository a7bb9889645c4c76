// Whether a template allows what a request asks for. Pure; no clock, no state.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "agent/ca/local/certificate_template.h"
#include "agent/core/ports/certificate_authority.h"

namespace certconnector::ca {

// What the certificate is to say beyond subject and key. The view looks into the request.
struct AllowedContent {
  std::uint16_t key_usage = 0;
  bool whole_extended_key_usage = true;         // all purposes of the template
  std::vector<std::string> extended_key_usage;  // else these
  ByteView subject_alt_name;                    // the extension's value; empty: no extension
  bool empty_subject = false;
};

// Requested extensions are an allow-list: SAN, key usage, extended key usage and the security
// identifier. Key usages that are asked for narrow the template's, and never widen them;
// nor does the certificate hold more than the submission's bound. A security
// identifier passes only when it is the submission's own.
[[nodiscard]] std::variant<AllowedContent, core::Failed> check_request(
    const CertificateTemplate& issuing, const core::Submission& submission);

}  // namespace certconnector::ca
