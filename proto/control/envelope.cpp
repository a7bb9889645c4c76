#include "proto/control/envelope.h"

#include <nlohmann/json.hpp>

#include "proto/control/errors.h"
#include "proto/control/frame.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"

namespace certconnector::control_proto {

namespace {

using nlohmann::json;

constexpr certconnector::json::TextRule kCommand = {1, 64, certconnector::json::is_name_character,
                                                    "A-Z a-z 0-9 . _ -"};
constexpr certconnector::json::TextRule kSentence = {0, kMaxFrame, nullptr, {}, true};

std::string version_member() { return R"({"version":)" + std::to_string(kProtocolVersion); }

Error bad_message(std::string_view what, const std::string& why) {
  return Error(ControlErrc::bad_message, ErrorKind::permanent, why).with_context(what);
}

// The version comes before everything else: what another version's envelope holds is not ours to
// judge.
Result<json> parse_envelope(std::string_view text, std::string_view what) {
  auto tree = certconnector::json::parse(text);
  if (!tree) return bad_message(what, tree.error().message());
  certconnector::json::Problems problems;
  certconnector::json::ObjectReader reader(*tree, problems);
  const auto version = reader.required("version").integer(0, INT32_MAX);
  if (!version) return bad_message(what, problems.text());
  if (*version != kProtocolVersion) {
    return Error(ControlErrc::unsupported_version, ErrorKind::permanent,
                 "protocol version " + std::to_string(*version) + ", this program speaks version " +
                     std::to_string(kProtocolVersion))
        .with_context(what);
  }
  return std::move(*tree);
}

}  // namespace

std::string encode_request(const Request& request) {
  return version_member() + R"(,"command":)" + certconnector::json::dump(request.command) +
         R"(,"arguments":)" + request.arguments + "}";
}

Result<Request> decode_request(std::string_view text) {
  constexpr std::string_view kWhat = "request";
  CC_TRY_ASSIGN(const json tree, parse_envelope(text, kWhat));
  certconnector::json::Problems problems;
  certconnector::json::ObjectReader reader(tree, problems);
  static_cast<void>(reader.required("version"));
  Request request;
  request.command = reader.required("command").text(kCommand).value_or("");
  if (const auto arguments = reader.required("arguments").object()) {
    request.arguments = certconnector::json::dump(arguments->value());
  }
  reader.refuse_others();
  if (!problems.empty()) return bad_message(kWhat, problems.text());
  return request;
}

std::string encode_answer(const Answer& answer) {
  if (!answer.error) return version_member() + R"(,"ok":true,"result":)" + answer.result + "}";
  nlohmann::ordered_json error;
  error["code"] = answer.error->code;
  error["message"] = answer.error->message;
  error["remedy"] = answer.error->remedy;
  return version_member() + R"(,"ok":false,"error":)" +
         error.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "}";
}

Result<Answer> decode_answer(std::string_view text) {
  constexpr std::string_view kWhat = "answer";
  CC_TRY_ASSIGN(const json tree, parse_envelope(text, kWhat));
  certconnector::json::Problems problems;
  certconnector::json::ObjectReader reader(tree, problems);
  Answer answer;
  const auto ok = reader.required("ok").boolean();
  if (ok.value_or(false)) {
    if (const auto result = reader.required("result").object()) {
      answer.result = certconnector::json::dump(result->value());
    }
  } else if (ok) {
    Problem problem;
    if (auto error = reader.required("error").object()) {
      problem.code = error->required("code").text(kCommand).value_or("");
      problem.message = error->required("message").text(kSentence).value_or("");
      problem.remedy = error->optional("remedy").text(kSentence).value_or("");
    }
    answer.error = std::move(problem);
  }
  if (!problems.empty()) return bad_message(kWhat, problems.text());
  return answer;
}

}  // namespace certconnector::control_proto
