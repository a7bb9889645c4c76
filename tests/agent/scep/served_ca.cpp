#include "tests/agent/scep/served_ca.h"

#include "common/text/hex.h"
#include "tests/agent/scep/scep_client.h"

namespace certconnector::scep {
namespace {

testing::Credential make_ca_credential(const std::string& subject, Timestamp not_after) {
  testing::CertificateSpec spec;
  spec.subject = subject;
  spec.not_after = not_after;
  spec.ca = true;
  return testing::make_self_signed(spec);
}

}  // namespace

ServedCa::ServedCa(const std::string& subject, Timestamp not_after)
    : credential(make_ca_credential(subject, not_after)),
      fingerprint(text::to_hex(crypto::view(credential.certificate.sha256()))) {}

jobs::CaRef ServedCa::issuer(core::SuccessorAnnouncer* successors) const {
  auto ca = std::make_shared<testing::FakeCa>(fingerprint);
  ca->chain_der = {credential.certificate.der()};
  auto made = std::make_shared<jobs::CaHandle>();
  made->description = ca->describe();
  made->ports.ca = std::move(ca);
  made->ports.successors = successors;
  return made;
}

std::shared_ptr<const RaCertificate> ServedCa::make_ra(Timestamp not_after) const {
  testing::CertificateSpec spec;
  spec.subject = "CN=RA,O=Test";
  spec.not_after = not_after;
  return RaCertificate::make(ra().key, testing::issue_for_key(credential, spec, ra().key)).value();
}

RaSet ServedCa::make_ra_set(Timestamp not_after) const {
  const auto one = make_ra(not_after);
  return {one, one};
}

}  // namespace certconnector::scep
