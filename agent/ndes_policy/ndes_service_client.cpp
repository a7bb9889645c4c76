#include "agent/ndes_policy/ndes_service_client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/http/server.h"
#include "proto/registration/codec.h"

namespace certconnector::ndes_policy {
namespace {

namespace wire = registration_wire;

constexpr unsigned kOk = 200;
constexpr unsigned kForbidden = 403;
constexpr unsigned kNotFound = 404;
constexpr unsigned kUnavailable = 503;

std::string_view text_of(const http::Response& response) {
  return response.body ? as_text(*response.body) : std::string_view();
}

bool is_type(const http::Response& response, std::string_view type) {
  const std::string_view given = response.content_type;
  return given.substr(0, type.size()) == type &&
         (given.size() == type.size() || given[type.size()] == ';' || given[type.size()] == ' ');
}

// Nothing: what answered is no agent.
std::optional<wire::Problem> problem_of(const http::Response& response) {
  if (!is_type(response, "application/problem+json")) return std::nullopt;
  auto problem = wire::decode_problem(text_of(response));
  if (!problem.ok()) return std::nullopt;
  return *std::move(problem);
}

Error not_an_agent(const std::string& what) {
  return {PolicyErrc::not_an_agent, ErrorKind::transient,
          what +
              ". Is it the agent's NDES service that answers at this address, without a proxy "
              "between?"};
}

Error error_of(const http::Response& response) {
  const auto problem = problem_of(response);
  const std::string status = "it answered HTTP " + std::to_string(response.status);
  if (!problem) return not_an_agent(status + " and no answer of an agent");
  const std::string said = status + " (" + problem->code + "): " + problem->detail;
  if (response.status == kForbidden) return {PolicyErrc::not_allowed, ErrorKind::denied, said};
  const bool transient = response.status == kUnavailable || response.status / 100 == 5;
  if (transient && problem->code != "no_one_time_challenges") {
    return {PolicyErrc::busy, ErrorKind::transient, said};
  }
  return {PolicyErrc::refused, ErrorKind::permanent, said};
}

// An answer that has another form than the version has.
template <typename T>
Result<T> understood(Result<T> decoded) {
  if (decoded.ok()) return decoded;
  return not_an_agent("its answer cannot be read: " + decoded.error().message());
}

}  // namespace

Result<std::string> NdesServiceClient::challenge(const wire::ChallengeRequest& request,
                                                 const StopToken& stop) {
  const auto body = [&](unsigned) { return wire::encode_challenge_request(request); };
  CC_TRY_ASSIGN(const std::string answer, ask("challenge", body, stop));
  return understood(wire::decode_challenge_answer(answer));
}

Result<wire::VerifyAnswer> NdesServiceClient::verify(const wire::VerifyRequest& request,
                                                     const StopToken& stop) {
  const auto body = [&](unsigned) { return wire::encode_verify_request(request); };
  CC_TRY_ASSIGN(const std::string answer, ask("verify", body, stop));
  return understood(wire::decode_verify_answer(answer));
}

Result<wire::Standing> NdesServiceClient::notify(const wire::Notification& notification,
                                                 const StopToken& stop) {
  const auto body = [&](unsigned version) {
    if (version >= wire::kDigestVersion) return wire::encode_notification(notification);
    wire::Notification older = notification;
    older.challenge_sha256.clear();
    return wire::encode_notification(older);
  };
  CC_TRY_ASSIGN(const std::string answer, ask("notify", body, stop));
  return understood(wire::decode_notify_answer(answer));
}

Result<std::string> NdesServiceClient::ask(const char* operation, const BodyOf& body,
                                           const StopToken& stop) {
  const Limit limit{parts_.clock.now() + parts_.deadline, stop};
  for (unsigned tries = 0; tries < wire::kNewestVersion; ++tries) {
    const unsigned version = version_;
    http::Request request;
    request.method = "POST";
    request.path = std::string(wire::kBasePath) + wire::version_text(version) + "/" + operation;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body(version);
    CC_TRY_ASSIGN(const http::Response response, send(request, limit));
    if (response.status == kOk) {
      if (is_type(response, "application/json")) return std::string(text_of(response));
      return not_an_agent("it answered HTTP 200 and no JSON");
    }
    CC_TRY_ASSIGN(const bool again, take_older_version(response));
    if (!again) return error_of(response);
  }
  return not_an_agent("it knows no version of the protocol that it named");
}

Result<bool> NdesServiceClient::take_older_version(const http::Response& response) {
  if (response.status != kNotFound) return false;
  const auto problem = problem_of(response);
  if (!problem) return false;
  const unsigned version = version_;
  unsigned common = 0;
  if (problem->code == "unsupported_version") {
    for (const unsigned one : problem->versions) {
      if (one >= wire::kOldestVersion && one < version) common = std::max(common, one);
    }
    if (common == 0) {
      return Error(PolicyErrc::no_version, ErrorKind::transient,
                   "the agent does not serve version " + std::to_string(version) +
                       " of the protocol, nor another one that this module knows: update the "
                       "older one of them");
    }
  } else if (problem->code == "not_found" && version > wire::kOldestVersion) {
    common = wire::kOldestVersion;  // an agent of 0.1.0
  } else {
    return false;
  }
  version_ = common;
  parts_.logger.warning("policy.older_agent",
                        "The agent is older than this policy module: update it.",
                        {{"version", common}, {"newest", wire::kNewestVersion}});
  return true;
}

Result<http::Response> NdesServiceClient::send(const http::Request& request, const Limit& limit) {
  constexpr int kTries = 2;
  for (int tried = 1;; ++tried) {
    auto answer = parts_.send(request, {left(limit), wire::kMaxAnswer, limit.stop});
    if (answer.ok()) return answer;
    const Error& error = answer.error();
    const bool again = error.code() == http::error_code(http::HttpErrc::no_answer) &&
                       tried < kTries && left(limit) > Duration::zero() &&
                       !limit.stop.stop_requested();
    if (!again) return Error(PolicyErrc::unreachable, ErrorKind::transient, error.message());
  }
}

Duration NdesServiceClient::left(const Limit& limit) const {
  return std::max(limit.until - parts_.clock.now(), Duration::zero());
}

}  // namespace certconnector::ndes_policy
