// Arguments and results of the commands about challenges; the rules are those of messages.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/time/clock.h"

namespace certconnector::control_proto {

struct ChallengeNewArguments {
  std::string service;
  std::string device;
  std::optional<std::string> template_name;    // "template" on the wire
  std::optional<std::string> subject;          // RFC 4514
  std::vector<std::string> subject_alt_names;  // "dns:device.example"; only beside a subject
  std::optional<std::int64_t> valid_seconds;
};
struct ChallengeNewResult {
  std::string id;
  std::string password;  // a secret
  std::string service;
  Timestamp valid_until;
};

struct ChallengesListArguments {
  std::optional<std::string> service;
};
struct Challenge {
  std::string id;
  std::string service;
  std::string state;  // open, in_use, used, expired, revoked
  std::string device;
  std::string template_name;
  std::string subject;
  std::vector<std::string> subject_alt_names;  // "dns:device.example"
  std::string made_by;
  Timestamp made_at;
  Timestamp valid_until;
  std::optional<Timestamp> revoked_at;
  std::string revoked_by;
};
// A signed challenge that a person has withdrawn; nothing else is known of it here.
struct RevokedChallenge {
  std::string id;
  Timestamp revoked_at;
  std::string revoked_by;
};
struct ChallengesListResult {
  std::vector<Challenge> challenges;      // newest first
  std::vector<RevokedChallenge> revoked;  // newest first; none when a service was asked for
};

struct ChallengeArguments {
  std::string id;
};
struct ChallengeRevokedResult {
  std::string id;
  std::string was;  // the state until now; empty: a signed challenge
};

}  // namespace certconnector::control_proto
