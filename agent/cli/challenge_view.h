// Challenges as tables.
#pragma once

#include <iosfwd>

#include "agent/cli/paint.h"
#include "proto/control/challenge_messages.h"

namespace certconnector::cli {

// With the password.
void print_new_challenge(std::ostream& out, const control_proto::ChallengeNewResult& made,
                         Timestamp now);
void print_challenges(std::ostream& out, const control_proto::ChallengesListResult& result,
                      Timestamp now, const Paint& paint);
void print_revoked(std::ostream& out, const control_proto::ChallengeRevokedResult& revoked);

}  // namespace certconnector::cli
