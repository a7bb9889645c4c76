// The extensions that a request may ask for. A CA of ours takes what its template lets it take and
// leaves the others out. Another party's CA gets the request as it is, so there an allow-list
// decides. Nobody gets a security identifier but the job's, for a device does not choose its
// account.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/job.h"
#include "common/crypto/general_name.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::core {

// Refused under every template: basicConstraints that say more than "no CA", and a critical
// extension that is not known.
[[nodiscard]] std::optional<Failed> check_extensions(const crypto::Pkcs10& request);

// The allow-list: subjectAltName, keyUsage, extKeyUsage and the security identifier; others are
// refused by name. A basicConstraints of no CA and a subjectKeyIdentifier ask for nothing, and are
// passed over.
[[nodiscard]] std::optional<Failed> check_allow_list(const crypto::Pkcs10& request);

// What a CA of ours leaves out of a request that check_extensions() passed, for a person:
// "smimeCapabilities (1.2.840.113549.1.9.15)".
[[nodiscard]] std::vector<std::string> extensions_left_out(const crypto::Pkcs10& request);

// `sid` is the job's, if it carries one; `names` are the request's alternative names.
[[nodiscard]] std::optional<Failed> check_sid(const std::optional<std::string>& sid,
                                              const crypto::Pkcs10& request,
                                              const std::vector<crypto::GeneralName>& names);

}  // namespace certconnector::core
