// The public keys that the agent trusts for signed challenges.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/public_key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::enrollment {

inline constexpr std::size_t kMaxTrustedKeys = 32;
inline constexpr std::size_t kMaxTrustedKeysText = 65536;  // octets

struct TrustedKey {
  std::string id;                       // as challenges name it, proto/challenge/signed_challenge.h
  Bytes public_key_info;                // DER; `key` looks into it
  crypto::PublicKey key;                // RSA or P-256
  std::optional<Timestamp> retired_at;  // nothing is trusted under it from then on
};

// Reads PEM (RFC 7468). "PUBLIC KEY" is trusted until somebody removes it, "CERTIFICATE" gives its
// key until its notAfter, whoever issued it. Skips text around the blocks. Errors, permanent:
// bad_keys (names the block: unreadable, another label, a key that cannot sign challenges, the same
// key twice, none or more than kMaxTrustedKeys).
[[nodiscard]] Result<std::vector<TrustedKey>> read_trusted_keys(std::string_view pem);

}  // namespace certconnector::enrollment
