// Names and ids that the agent knows, as candidates of a completion.
#pragma once

#include <vector>

#include "agent/cli/completion.h"
#include "agent/cli/completion_values.h"

namespace certconnector::cli {

// None when the agent does not answer, or the kind is none of the agent's. Only values that are one
// word in every shell.
[[nodiscard]] std::vector<Candidate> names_of_agent(ValueKind kind, Session& session);

}  // namespace certconnector::cli
