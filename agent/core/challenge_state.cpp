#include "agent/core/ports/challenge_ledger.h"

namespace certconnector::core {

std::string_view to_string(ChallengeState state) {
  switch (state) {
    case ChallengeState::open:
      return "open";
    case ChallengeState::in_use:
      return "in_use";
    case ChallengeState::used:
      return "used";
    case ChallengeState::expired:
      return "expired";
    case ChallengeState::revoked:
      return "revoked";
  }
  return "unknown";
}

}  // namespace certconnector::core
