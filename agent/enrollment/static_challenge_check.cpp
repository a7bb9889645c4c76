#include "agent/enrollment/static_challenge_check.h"

#include "agent/core/failure_codes.h"
#include "agent/enrollment/errors.h"

namespace certconnector::enrollment {

Result<StaticChallengeCheck> StaticChallengeCheck::make(std::string_view secret) {
  if (secret.size() < kMinSharedSecret) {
    return Error(EnrollmentErrc::weak_secret, ErrorKind::permanent,
                 "the challenge password is shorter than " + std::to_string(kMinSharedSecret) +
                     " characters");
  }
  return StaticChallengeCheck(secret);
}

StaticChallengeCheck::StaticChallengeCheck(std::string_view secret)
    : secret_sha256_(crypto::sha256(as_bytes(secret))) {}

CheckAnswer StaticChallengeCheck::check(const ChallengeQuery& query, Timestamp /*now*/) const {
  if (query.password.empty()) {
    return Denied{core::failed(core::failure::kChallengeMissing,
                               "The request carries no challenge password.")};
  }
  // Compares digests, so that the time reveals nothing of the secret's length either.
  const crypto::Sha256 given = crypto::sha256(as_bytes(query.password));
  if (!crypto::equal_secrets(crypto::view(given), crypto::view(secret_sha256_))) {
    return Denied{core::failed(core::failure::kChallengeWrong,
                               "The challenge password is not that of the SCEP service " +
                                   std::string(query.service) + ".")};
  }
  ChallengeAuthorization authorization;
  authorization.id = "static";
  authorization.not_after = Timestamp::max();
  authorization.single_use = false;
  return authorization;
}

}  // namespace certconnector::enrollment
