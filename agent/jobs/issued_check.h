// Compares a certificate of another party's CA with its request. The job's decision does not allow
// a certificate that differs: the agent never delivers it.
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
  Timestamp now;
};

// A sentence that names the first difference; nothing when there is none. Compared are the issuer
// and its signature, the key, the subject and the alternative names, basicConstraints, the usages
// where they are bounded, and the end: it lies ahead, and is no later than the job asks for.
[[nodiscard]] std::optional<std::string> difference(const crypto::Certificate& issued,
                                                    const AskedFor& asked,
                                                    const crypto::Certificate& ca);

// Whether the CA issued it for this request's key. One that differs otherwise is the agent's to
// revoke; any other one may belong to another device, or be a certificate of the chain.
[[nodiscard]] bool issued_for(const crypto::Certificate& issued, const crypto::Pkcs10& request,
                              const crypto::Certificate& ca);

}  // namespace certconnector::jobs
