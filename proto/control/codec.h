// The codec of messages.h and challenge_messages.h: strict JSON in, JSON out. Instantiated for
// every type of theirs that is the whole of a command's arguments or result; document() for results
// alone.
#pragma once

#include <string>
#include <string_view>

#include "common/result/result.h"
#include "proto/control/messages.h"

namespace certconnector::control_proto {

// One line, no spaces; members in the order of messages.h. Text that is not UTF-8 gets replacement
// characters.
template <typename T>
[[nodiscard]] std::string encode(const T& message);

// The output of --json: `version` (kDocumentVersion) and `ok`, then the members of encode(). A
// member `version` of the message is `agent_version` here.
template <typename T>
[[nodiscard]] std::string document(const T& message);

// Arguments: unknown members are refused. Error: bad_arguments, permanent; it names the member.
template <typename T>
[[nodiscard]] Result<T> decode_arguments(std::string_view json);

// Results: unknown members are passed over, since the agent may be newer than the CLI. Error:
// bad_result, permanent.
template <typename T>
[[nodiscard]] Result<T> decode_result(std::string_view json);

}  // namespace certconnector::control_proto
