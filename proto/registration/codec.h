// The JSON of the registration point: requests in, answers out. Decoding is strict (proto/json):
// unknown members, wrong types and encodings, and what is over its limit are refused with the path
// of the field, which never quotes the value.
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
// Without a refusal: verified.
[[nodiscard]] std::string encode_verify_answer(const std::optional<Refusal>& refusal);
[[nodiscard]] std::string encode_notify_answer(Standing standing);
// application/problem+json.
[[nodiscard]] std::string encode_problem(const Problem& problem);

}  // namespace certconnector::registration_wire
