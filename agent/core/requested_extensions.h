// The extensions that a request may ask for under every template: those of an allow-list, and no
// security identifier but the job's, for a device does not choose its account.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/job.h"
#include "common/crypto/general_name.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::core {

// subjectAltName, keyUsage, extKeyUsage and the security identifier; others are refused by name. A
// basicConstraints of no CA and a subjectKeyIdentifier ask for nothing, and are passed over.
[[nodiscard]] std::optional<Failed> check_extensions(const crypto::Pkcs10& request);

// `sid` is the job's, if it carries one; `names` are the request's alternative names.
[[nodiscard]] std::optional<Failed> check_sid(const std::optional<std::string>& sid,
                                              const crypto::Pkcs10& request,
                                              const std::vector<crypto::GeneralName>& names);

}  // namespace certconnector::core
