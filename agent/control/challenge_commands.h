// Commands about challenges.
#pragma once

#include "agent/control/command_context.h"
#include "common/result/result.h"
#include "proto/control/challenge_messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::ChallengeNewResult> new_challenge(
    const CommandContext& context, const control_proto::ChallengeNewArguments& arguments);
[[nodiscard]] Result<control_proto::ChallengesListResult> list_challenges(
    const CommandContext& context, const control_proto::ChallengesListArguments& arguments);
[[nodiscard]] Result<control_proto::ChallengeRevokedResult> revoke_challenge(
    const CommandContext& context, const control_proto::ChallengeArguments& arguments);

}  // namespace certconnector::control
