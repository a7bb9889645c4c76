// Challenge passwords that a person passes on: types, reads out, puts into a device's settings.
#pragma once

#include <string>
#include <string_view>

#include "common/crypto/digest.h"

namespace certconnector::enrollment {

inline constexpr std::size_t kMinPasswordLength = 8;
inline constexpr std::size_t kMaxPasswordLength = 64;

struct OneTimePassword {
  std::string id;        // "otp-" and ten hex digits; reveals nothing of the password
  std::string password;  // a secret: letters and digits (PrintableString) that do not look alike
};

// `length` characters, each one of 56.
[[nodiscard]] OneTimePassword make_one_time_password(std::size_t length);

// The agent keeps only this digest.
[[nodiscard]] crypto::Sha256 password_digest(std::string_view password);

}  // namespace certconnector::enrollment
