#include "agent/enrollment/rules/request_signers.h"

namespace certconnector::enrollment {

crypto::Sha256 signer_of(const core::NewEnrollment& enrollment) {
  return enrollment.signer.value_or(enrollment.key.public_key);
}

bool may_poll(const RequestSigners& signers, const crypto::Sha256& key) {
  return signers.first == key || signers.last == key;
}

std::optional<RequestSigners> with_signer(RequestSigners signers, const crypto::Sha256& signer) {
  if (may_poll(signers, signer)) return std::nullopt;
  signers.last = signer;
  return signers;
}

}  // namespace certconnector::enrollment
