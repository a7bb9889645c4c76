#include "agent/ndes/answers.h"

#include <memory>
#include <utility>

#include "common/text/bytes.h"
#include "proto/registration/codec.h"
#include "proto/registration/messages.h"

namespace certconnector::ndes {
namespace {

namespace wire = registration_wire;

http::Response json_response(unsigned status, std::string_view type, const std::string& body) {
  http::Response response;
  response.status = status;
  response.content_type = type;
  response.body = std::make_shared<const Bytes>(as_bytes(body).to_bytes());
  return response;
}

}  // namespace

http::Response answer(const std::string& body) {
  return json_response(200, "application/json", body);
}

http::Response problem(unsigned status, std::string code, std::string detail) {
  return json_response(status, "application/problem+json",
                       wire::encode_problem({status, std::move(code), std::move(detail), {}}));
}

http::Response unsupported_version() {
  wire::Problem unknown{404,
                        "unsupported_version",
                        "The agent knows no such version of the protocol: update the older one of "
                        "agent and policy module.",
                        {}};
  for (unsigned version = wire::kOldestVersion; version <= wire::kNewestVersion; ++version) {
    unknown.versions.push_back(version);
  }
  return json_response(404, "application/problem+json", wire::encode_problem(unknown));
}

http::Response not_now(const std::string& why, std::chrono::seconds after) {
  http::Response response = problem(503, "not_now", why);
  response.headers.emplace_back("Retry-After", std::to_string(after.count()));
  return response;
}

http::Response bad_request(const Error& error) {
  return problem(400, "bad_request", error.message());
}

http::Response verified(const std::optional<core::Failed>& denied) {
  if (!denied) return answer(wire::encode_verify_answer(std::nullopt));
  return answer(
      wire::encode_verify_answer(wire::Denied{denied->code, denied->hresult, denied->message}));
}

}  // namespace certconnector::ndes
