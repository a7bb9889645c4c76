#include "agent/scep/ra_set.h"

#include <algorithm>

namespace certconnector::scep {

Result<std::shared_ptr<const RaCertificate>> RaCertificate::make(crypto::PrivateKey key,
                                                                 crypto::Certificate certificate) {
  if (key.kind() != crypto::KeyKind::rsa || !certificate.belongs_to(key)) {
    return Error(ScepErrc::bad_ra, ErrorKind::permanent,
                 "the RA certificate " + certificate.subject_text() +
                     " does not belong to the RSA key beside it");
  }
  std::shared_ptr<RaCertificate> made(new RaCertificate(std::move(key), std::move(certificate)));
  CC_TRY_ASSIGN(made->fields_, crypto::parse_certificate_fields(made->certificate_.der()));
  return std::shared_ptr<const RaCertificate>(std::move(made));
}

Signatory RaCertificate::signatory() const {
  return {key_, certificate_.der(), fields_.issuer, fields_.serial};
}

bool RaSet::is_of(const crypto::Certificate& ca) const {
  return signing->certificate().issued_by(ca) &&
         (is_one() || encryption->certificate().issued_by(ca));
}

Timestamp RaSet::not_after() const {
  return std::min(signing->certificate().not_after(), encryption->certificate().not_after());
}

Timestamp RaSet::renew_at() const {
  const Timestamp from = std::max(
      {signing->certificate().not_before(), encryption->certificate().not_before(), obtained});
  return from + (not_after() - from) * 2 / 3;
}

const RaSet* find_addressed(const RaSets& sets, const crypto::CertificateIdentifier& recipient) {
  const auto found = std::find_if(sets.begin(), sets.end(),
                                  [&](const RaSet& set) { return set.encryption->is(recipient); });
  return found == sets.end() ? nullptr : &*found;
}

}  // namespace certconnector::scep
