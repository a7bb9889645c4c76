// The JSON of the NDES service: requests in, answers out. Decoding is strict (proto/json): it
// refuses unknown members, wrong types and encodings, and values over their limit. The error names
// the path of the field and never quotes the value.
//
// Errors: JsonErrc of proto/json/json.h, permanent. No function throws or keeps state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"
#include "proto/registration/messages.h"

namespace certconnector::registration_wire {

[[nodiscard]] Result<ChallengeRequest> decode_challenge_request(std::string_view body);
[[nodiscard]] Result<VerifyRequest> decode_verify_request(std::string_view body);
[[nodiscard]] Result<Notification> decode_notification(std::string_view body);

[[nodiscard]] std::string encode_challenge_answer(std::string_view challenge);  // holds a secret
// Without a value: verified.
[[nodiscard]] std::string encode_verify_answer(const std::optional<Denied>& denied);
[[nodiscard]] std::string encode_notify_answer(Standing standing);
// application/problem+json.
[[nodiscard]] std::string encode_problem(const Problem& problem);

}  // namespace certconnector::registration_wire
