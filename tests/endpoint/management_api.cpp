#include "tests/endpoint/management_api.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "common/time/rfc3339.h"
#include "tests/endpoint/fields.h"
#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;

constexpr std::string_view kBase = "/management/v1";
constexpr std::array<std::string_view, 8> kOperations{
    "/enroll",      "/renew",        "/jobs/lease", "/jobs/acknowledge",
    "/jobs/extend", "/jobs/results", "/heartbeat",  "/challenges/check"};

bool is_json(std::string content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  content_type.erase(content_type.find_last_not_of(' ') + 1);
  return content_type == "application/json";
}

// The operation's name; empty when there is none.
std::string operation_of(const std::string& path) {
  if (path.compare(0, kBase.size(), kBase) != 0) return {};
  const std::string rest = path.substr(kBase.size());
  const bool known = std::find(kOperations.begin(), kOperations.end(), rest) != kOperations.end();
  return known ? rest : std::string();
}

std::optional<Response> refuse(const Request& request, const std::string& operation) {
  if (operation.empty()) return problem(404, "not_found", "there is nothing at this address");
  if (request.method != "POST") {
    Response wrong = problem(405, "method_not_allowed", "only POST is taken here");
    wrong.headers.emplace_back("Allow", "POST");
    return wrong;
  }
  if (!is_json(request.content_type)) {
    return problem(415, "unsupported_media_type", "Content-Type must be application/json");
  }
  return std::nullopt;
}

}  // namespace

Cancel ManagementApi::handle(Request request, Respond respond) {
  const auto answer = [&](Response response) -> Cancel {
    respond(std::move(response));
    return {};
  };
  const std::string operation = operation_of(request.path);
  if (auto refusal = refuse(request, operation)) return answer(std::move(*refusal));
  const auto body = parse_json(request.body);
  Caller caller;
  if (operation != "/enroll") caller = authenticate(request);
  if (caller.refusal) return answer(std::move(*caller.refusal));
  if (!body) return answer(problem(400, "bad_request", body.error().message()));
  const std::string& agent = caller.agent_id;
  if (operation == "/jobs/lease") return leases_.lease(agent, *body, std::move(respond));
  if (operation == "/jobs/acknowledge") return answer(leases_.acknowledge(agent, *body));
  if (operation == "/jobs/extend") return answer(leases_.extend(agent, *body));
  if (operation == "/jobs/results") return results_.submit(agent, *body, std::move(respond));
  if (operation == "/challenges/check") return answer(challenges_.check(*body));
  if (operation == "/enroll") return answer(enrollment_.enroll(*body));
  if (operation == "/renew") return answer(enrollment_.renew(agent, *body));
  return answer(heartbeat(agent, *body));
}

ManagementApi::Caller ManagementApi::authenticate(const Request& request) {
  if (request.client_certificate.empty()) {
    return {"", problem(401, "client_certificate_required",
                        "this request needs the client certificate of an enrolled agent")};
  }
  const auto found = agents_.find_certificate(request.client_certificate);
  if (!found) return {"", problem(503, "storage", found.error().message())};
  if (!*found) {
    return {"", problem(403, "agent_unknown", "no agent of this endpoint has this certificate")};
  }
  if ((*found)->agent_revoked) {
    return {"",
            problem(403, "agent_revoked", "this agent was revoked: enroll it with a new token")};
  }
  // TLS looked at the dates when the connection began; a kept connection can outlive them.
  if ((*found)->not_after <= clock_.now()) {
    return {"", problem(403, "certificate_expired",
                        "the agent's certificate expired at " + to_rfc3339((*found)->not_after) +
                            ": enroll it with a new token")};
  }
  return {(*found)->agent_id, std::nullopt};
}

Response ManagementApi::heartbeat(const std::string& agent_id, const json& body) {
  Fields fields(body);
  static_cast<void>(fields.text("version", 1, 64));
  static_cast<void>(fields.text("state", 1, 64));
  static_cast<void>(fields.integer("queue_depth", 0, INT64_MAX));
  static_cast<void>(fields.integer("unreported", 0, INT64_MAX));
  static_cast<void>(fields.array("authorities", 1000));
  static_cast<void>(fields.optional_time("identity_not_after"));
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  const Status stored = agents_.heartbeat(agent_id, dump_json(body), clock_.now());
  if (!stored) return problem(503, "storage", stored.error().message());
  return json_response(dump_json({{"server_time", to_rfc3339(clock_.now())}}));
}

}  // namespace certconnector::endpoint
