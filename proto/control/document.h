// The output of --json: one JSON object on a line, for scripts. packaging/schema has a JSON Schema
// for each command.
//
//   {"version":1,"ok":true, ...the members of the answer}
//   {"version":1,"ok":false,"error":{"code":"...","message":"...","remedy":"..."}}
//
// `ok` says that the command has its answer. The members and the exit code have its meaning:
// `health` has an answer also when the agent is down.
#pragma once

#include <string>
#include <string_view>

#include "proto/control/envelope.h"

namespace certconnector::control_proto {

// Of these documents, not of the control protocol. It grows when a member goes or changes its
// meaning; new members come without it.
inline constexpr int kDocumentVersion = 1;

// `members`: a JSON object as text. Its member `version` becomes `agent_version`, since `version`
// is the document's. A text that is no object counts as an empty one.
[[nodiscard]] std::string success_document(std::string_view members);
// `members`: as above, for a command that says more than the error.
[[nodiscard]] std::string error_document(const Problem& problem, std::string_view members = "{}");

}  // namespace certconnector::control_proto
