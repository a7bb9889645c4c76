// Commands about challenges.
#pragma once

#include "agent/control/caller.h"
#include "agent/control/challenge_operations.h"
#include "common/result/result.h"
#include "proto/control/challenge_messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::ChallengeNewResult> new_challenge(
    const control_proto::ChallengeNewArguments& arguments, ChallengeOperations& challenges,
    const Caller& caller);
[[nodiscard]] Result<control_proto::ChallengesListResult> list_challenges(
    const control_proto::ChallengesListArguments& arguments, ChallengeOperations& challenges);
[[nodiscard]] Result<control_proto::ChallengeRevokedResult> revoke_challenge(
    const control_proto::ChallengeArguments& arguments, ChallengeOperations& challenges,
    const Caller& caller);

}  // namespace certconnector::control
