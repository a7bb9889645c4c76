// The port through which the control server looks up certificates at the CAs. agent/app implements
// it. Called from the control server's threads; thread-safe.
#pragma once

#include <memory>

#include "agent/core/job.h"
#include "agent/core/ports/certificate_authority.h"

namespace certconnector::control {

class CertificateLookups {
 public:
  virtual ~CertificateLookups() = default;

  // The lookup of the certificates that this CA issued; null: the CA has none, or the agent does
  // not serve the CA.
  virtual std::shared_ptr<core::CertificateLookup> certificates_of(
      const core::CaFingerprint& ca) = 0;
};

}  // namespace certconnector::control
