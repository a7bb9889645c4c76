// A CA as a service has it, with separate RA certificates.
#pragma once

#include <memory>
#include <string>

#include "agent/jobs/ca_registry.h"
#include "agent/scep/ra_set.h"
#include "tests/support/core/fake_ca.h"
#include "tests/support/test_pki.h"

namespace certconnector::scep {

struct ServedCa {
  explicit ServedCa(const std::string& subject = "CN=CA,O=Test",
                    Timestamp not_after = testing::CertificateSpec().not_after);

  [[nodiscard]] jobs::CaRef issuer(core::SuccessorAnnouncer* successors = nullptr) const;
  [[nodiscard]] std::shared_ptr<const RaCertificate> make_ra(
      Timestamp not_after = testing::CertificateSpec().not_after) const;
  // One certificate for both uses.
  [[nodiscard]] RaSet make_ra_set(Timestamp not_after = testing::CertificateSpec().not_after) const;

  testing::Credential credential;
  core::CaFingerprint fingerprint;
};

}  // namespace certconnector::scep
