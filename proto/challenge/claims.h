// The claims of a challenge: one device may get one certificate with exactly this content from one
// SCEP service, between two times.
//
// A claim that is absent means none, never any: without a subject the request's must be empty,
// without alternative names, a key usage, extended key usages or a SID the request may ask for
// none. Clients always ask for a key usage, so a challenge for a real device names it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/digest.h"
#include "common/crypto/general_name.h"
#include "common/crypto/key.h"

namespace certconnector::challenge {

// UTC, whole seconds since 1970, up to the year 9999.
using Seconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

inline constexpr std::chrono::hours kMaxLifetime{24 * 366};

struct Claims {
  std::string issuer;  // the minting system, as the agent's configuration names it: 1 to 256 octets
  std::string audience;  // the SCEP service: 1 to 64 of [A-Za-z0-9._:-]
  std::string id;        // unique among the challenges of an issuer: 1 to 64 of the same
  Seconds not_before;
  Seconds expires;                     // the first second at which it is no longer good
  std::string device;                  // the issuer's name for the device: 1 to 128 octets
  std::optional<std::string> subject;  // RFC 4514, 1 to 1,024 octets
  std::vector<crypto::GeneralName> subject_alt_names;    // at most 50, as a set
  std::uint16_t key_usage = 0;                           // mask of common/crypto/pkcs10.h
  std::vector<std::string> extended_key_usage;           // dotted OIDs, at most 50, as a set
  std::optional<std::string> sid;                        // "S-1-5-..." for strong mapping
  std::optional<std::string> template_name;              // absent: the service's own
  std::optional<crypto::KeySpec> least_key;              // of this kind and at least these bits;
                                                         // absent: what the agent takes at all
  std::optional<crypto::Sha256> public_key_info_sha256;  // absent: whatever key the device makes
};

}  // namespace certconnector::challenge
