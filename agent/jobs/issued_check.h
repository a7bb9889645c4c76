// What another party's CA gave back, compared with what was asked for. A certificate that differs
// is not what the job's decision allowed: it is revoked and reported, never delivered.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/job.h"
#include "common/crypto/certificate.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::jobs {

struct AskedFor {
  const crypto::Pkcs10& request;
  core::UsageBound at_most;
  std::optional<Timestamp> not_after_at_most;
};

// A sentence that names the first difference; nothing when there is none. Compared are the issuer
// and its signature, the key, the subject and the alternative names, basicConstraints, the usages
// where they are bounded, and the end where the job asks for one.
[[nodiscard]] std::optional<std::string> difference(const crypto::Certificate& issued,
                                                    const AskedFor& asked,
                                                    const crypto::Certificate& ca);

}  // namespace certconnector::jobs
