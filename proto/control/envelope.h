// The envelope of every message on the control socket.
//
//   request {"version":1,"command":"jobs.list","arguments":{...}}
//   answer  {"version":1,"ok":true,"result":{...}}
//   answer  {"version":1,"ok":false,"error":{"code":"...","message":"...","remedy":"..."}}
//
// Strict: repeated keys, members of the wrong type and (in requests) unknown members are refused.
// An answer may hold members that a newer agent added. One request at a time on a connection, any
// number one after another.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::control_proto {

inline constexpr int kProtocolVersion = 1;

struct Request {
  std::string command;
  std::string arguments = "{}";  // a JSON object as text; the command's own codec reads it
};

struct Problem {
  std::string code;     // stable snake_case
  std::string message;  // what happened
  std::string remedy;   // what to do next; may be empty
};

struct Answer {
  std::optional<Problem> error;  // none: it worked
  std::string result = "{}";     // a JSON object as text
};

[[nodiscard]] std::string encode_request(const Request& request);
// Errors: bad_message, or unsupported_version; both permanent.
[[nodiscard]] Result<Request> decode_request(std::string_view json);

[[nodiscard]] std::string encode_answer(const Answer& answer);
[[nodiscard]] Result<Answer> decode_answer(std::string_view json);

}  // namespace certconnector::control_proto
