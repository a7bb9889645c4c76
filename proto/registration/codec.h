// The JSON of both sides. Decoding is strict (proto/json): it refuses wrong types and encodings,
// and values over their limit. The error names the path of the field and never quotes the value.
// Requests with unknown members are refused; answers of a newer agent may have more members.
//
// Errors: JsonErrc of proto/json/json.h, permanent. No function throws or keeps state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"
#include "proto/registration/messages.h"

namespace certconnector::registration_wire {

// The version that "v2" names. Nothing: it names none.
[[nodiscard]] std::optional<unsigned> parse_version(std::string_view text);
[[nodiscard]] std::string version_text(unsigned version);

// The agent's side.
[[nodiscard]] Result<ChallengeRequest> decode_challenge_request(std::string_view body);
[[nodiscard]] Result<VerifyRequest> decode_verify_request(std::string_view body);
[[nodiscard]] Result<Notification> decode_notification(std::string_view body);

[[nodiscard]] std::string encode_challenge_answer(std::string_view challenge);  // holds a secret
// Without a value: verified.
[[nodiscard]] std::string encode_verify_answer(const std::optional<Denied>& denied);
[[nodiscard]] std::string encode_notify_answer(Standing standing);
// application/problem+json.
[[nodiscard]] std::string encode_problem(const Problem& problem);

// The policy module's side. Empty members are left out.
[[nodiscard]] std::string encode_challenge_request(const ChallengeRequest& request);
[[nodiscard]] std::string encode_verify_request(const VerifyRequest& request);  // holds a secret
[[nodiscard]] std::string encode_notification(const Notification& notification);

[[nodiscard]] Result<std::string> decode_challenge_answer(std::string_view body);
[[nodiscard]] Result<VerifyAnswer> decode_verify_answer(std::string_view body);
[[nodiscard]] Result<Standing> decode_notify_answer(std::string_view body);
[[nodiscard]] Result<Problem> decode_problem(std::string_view body);

}  // namespace certconnector::registration_wire
