// One challenge password for all devices, for laboratories. Anybody who knows it gets any
// certificate that the template allows, again and again.
#pragma once

#include <string>
#include <string_view>

#include "agent/enrollment/challenge_check.h"
#include "common/crypto/digest.h"
#include "common/result/result.h"

namespace certconnector::enrollment {

inline constexpr std::size_t kMinSharedSecret = 8;  // octets

class StaticChallengeCheck final : public ChallengeCheck {
 public:
  // Error, permanent: weak_secret.
  [[nodiscard]] static Result<StaticChallengeCheck> make(std::string_view secret);
  explicit StaticChallengeCheck(std::string_view secret);

  // The authorization expects nothing, is never used up and never ends; its id is "static".
  [[nodiscard]] CheckAnswer check(const ChallengeQuery& query, Timestamp now) const override;

 private:
  crypto::Sha256 secret_sha256_;
};

}  // namespace certconnector::enrollment
