#include "agent/enrollment/one_time_password.h"

#include "common/text/hex.h"

namespace certconnector::enrollment {
namespace {

// Without 0, O, o, 1, I and l.
constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
constexpr std::size_t kIdOctets = 5;
// Octets from here on are drawn again: every character is as likely as any other.
constexpr std::size_t kFair = 256 - 256 % kAlphabet.size();

}  // namespace

OneTimePassword make_one_time_password(std::size_t length) {
  OneTimePassword made;
  made.id = "otp-" + text::to_hex(crypto::random_bytes(kIdOctets));
  made.password.reserve(length);
  while (made.password.size() < length) {
    for (const std::uint8_t octet : crypto::random_bytes(length - made.password.size())) {
      if (octet < kFair) made.password.push_back(kAlphabet[octet % kAlphabet.size()]);
    }
  }
  return made;
}

crypto::Sha256 password_digest(std::string_view password) {
  return crypto::sha256(as_bytes(password));
}

}  // namespace certconnector::enrollment
