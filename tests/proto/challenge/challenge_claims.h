// Claims as a real endpoint mints them.
#pragma once

#include "common/crypto/pkcs10.h"
#include "proto/challenge/claims.h"

namespace certconnector::challenge::testing {

// 2026-01-01T00:00:00Z.
inline constexpr Seconds kStart{std::chrono::seconds(1767225600)};

[[nodiscard]] inline Claims least_claims() {
  Claims claims;
  claims.issuer = "https://mdm.example";
  claims.audience = "devices";
  claims.id = "5f0c2f0e-8f4b-4b0a-9d53-0d2c6f7e1a11";
  claims.not_before = kStart;
  claims.expires = kStart + std::chrono::hours(1);
  claims.device = "9c2b6a52-6d3c-4d3a-8f55-9f3f3c1a7a20";
  return claims;
}

[[nodiscard]] inline Claims full_claims() {
  using crypto::GeneralNameKind;
  Claims claims = least_claims();
  claims.subject = "CN=9c2b6a52-6d3c-4d3a-8f55-9f3f3c1a7a20,OU=Devices,O=Example Industries";
  claims.subject_alt_names = {{GeneralNameKind::upn, "device.user@corp.example"},
                              {GeneralNameKind::dns, "laptop-0042.corp.example"},
                              {GeneralNameKind::uri, "urn:device:9c2b6a52"}};
  claims.key_usage = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  claims.extended_key_usage = {"1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.10.3.4"};
  claims.sid = "S-1-5-21-1004336348-1177238915-682003330-1512";
  claims.template_name = "device";
  claims.least_key = crypto::KeySpec{crypto::KeyKind::rsa, 2048};
  claims.public_key_info_sha256 = crypto::sha256(as_bytes("a key"));
  return claims;
}

}  // namespace certconnector::challenge::testing
