// The onboarding token that a person pastes: one line, "cct1." and base64url (RFC 4648 section 5,
// not padded) of JSON.
#pragma once

#include <string>
#include <string_view>

#include "common/crypto/digest.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "proto/management/origin.h"

namespace certconnector::management {

struct EnrollmentToken {
  net::Origin endpoint;
  crypto::Sha256 ca_sha256{};  // of the DER of the endpoint's root CA: what enrollment pins
  std::string secret;          // 43 characters of base64url
  Timestamp expires;           // by the endpoint's clock
};

// White space around it is passed over. ManagementErrc::bad_token, permanent; never quotes the
// token.
[[nodiscard]] Result<EnrollmentToken> decode_token(std::string_view text);
[[nodiscard]] std::string encode_token(const EnrollmentToken& token);

}  // namespace certconnector::management
