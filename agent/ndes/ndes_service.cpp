#include "agent/ndes/ndes_service.h"

#include <array>
#include <utility>

#include "agent/ndes/answers.h"
#include "agent/ndes/notification.h"
#include "agent/ndes/verification.h"
#include "common/text/hex.h"
#include "proto/registration/codec.h"

namespace certconnector::ndes {
namespace {

namespace wire = registration_wire;

constexpr Duration kOverduePause{std::chrono::minutes(1)};
constexpr std::size_t kMostOverdue = 100;  // in one step

bool is_json(const std::string& content_type) {
  constexpr std::string_view kType = "application/json";
  return content_type.compare(0, kType.size(), kType) == 0 &&
         (content_type.size() == kType.size() || content_type[kType.size()] == ';' ||
          content_type[kType.size()] == ' ');
}

void make_challenge(const NdesParts& parts, const Call& call, http::Reply reply) {
  const auto asked = wire::decode_challenge_request(call.body);
  if (!asked.ok()) return reply.send(bad_request(asked.error()));
  if (!call.service->make_challenge) {
    return reply.send(problem(501, "no_one_time_challenges",
                              "This service makes no one-time passwords: devices show a "
                              "challenge that the management endpoint made."));
  }
  const auto made = call.service->make_challenge(asked->template_name, asked->parameters);
  if (!made.ok()) {
    const Error& error = made.error();
    if (error.kind() == ErrorKind::permanent) {
      return reply.send(problem(409, std::string(error.code().name), error.message()));
    }
    parts.storage.failed(error);
    return reply.send(not_now(error.message()));
  }
  reply.send(answer(wire::encode_challenge_answer(*made)));
}

struct Target {
  unsigned version = 0;
  std::string_view operation;
};

// "v1/verify", below the path of the service. Nothing: no version stands there.
std::optional<Target> target_of(std::string_view path) {
  if (path.substr(0, wire::kBasePath.size()) != wire::kBasePath) return std::nullopt;
  path.remove_prefix(wire::kBasePath.size());
  const std::size_t slash = path.find('/');
  const auto version = wire::parse_version(path.substr(0, slash));
  if (slash == std::string_view::npos || !version) return std::nullopt;
  return Target{*version, path.substr(slash + 1)};
}

bool is_served(unsigned version) {
  return version >= wire::kOldestVersion && version <= wire::kNewestVersion;
}

}  // namespace

void NdesService::set_service(std::shared_ptr<const ServedNdes> service) {
  const std::lock_guard lock(mutex_);
  service_ = std::move(service);
}

NdesService::Service NdesService::service() const {
  const std::lock_guard lock(mutex_);
  return service_;
}

void NdesService::handle(http::Request request, http::Reply reply) {
  static constexpr std::array<std::pair<std::string_view, Operation>, 3> kOperations{{
      {"challenge", make_challenge},
      {"verify", verify},
      {"notify", notify},
  }};
  const Service now = service();
  const bool allowed =
      now && request.peer_certificate && now->callers.allows(*request.peer_certificate);
  if (!allowed) {
    const std::string thumbprint =
        request.peer_certificate
            ? text::to_hex(crypto::view(crypto::sha256(*request.peer_certificate)))
            : "none";
    parts_.logger.warning("registration.not_allowed",
                          "A client that is not in the list of callers called the NDES service.",
                          {{"peer", request.peer}, {"certificate", thumbprint}});
    return reply.send(problem(403, "not_allowed",
                              "This certificate is not in the NDES service's list (allow "
                              "in the section [registration])."));
  }
  const auto target = target_of(request.path);
  if (target && !is_served(target->version)) return reply.send(unsupported_version());
  for (const auto& [name, operation] : kOperations) {
    if (!target || target->operation != name) continue;
    return dispatch(now, operation, std::move(request), std::move(reply));
  }
  reply.send(problem(404, "not_found", "There is no such operation."));
}

void NdesService::dispatch(const Service& service, Operation operation, http::Request request,
                           http::Reply reply) {
  if (request.method != "POST") {
    http::Response refused = problem(405, "method_not_allowed", "POST only.");
    refused.headers.emplace_back("Allow", "POST");
    return reply.send(std::move(refused));
  }
  if (!is_json(request.header("content-type"))) {
    return reply.send(problem(415, "unsupported_media_type", "The body must be application/json."));
  }
  // std::function copies its content, and a reply exists once.
  auto waiting = std::make_shared<http::Reply>(std::move(reply));
  const bool posted = parts_.front_end.pool.post(
      [this, operation, call = Call{service, std::move(request.peer), std::move(request.body)},
       waiting] { operation(parts_, call, std::move(*waiting)); });
  if (!posted) waiting->send(not_now("Too many requests wait."));
}

Duration NdesService::step(const StopToken& stop) {
  const auto silent = parts_.enrollments.overdue(parts_.clock.now(), kMostOverdue);
  if (!silent.ok()) {
    parts_.storage.failed(silent.error());
    return kOverduePause;
  }
  for (const core::ExternalEnrollment& one : *silent) {
    if (stop.stop_requested()) return kOverduePause;
    core::ExternalOutcome news = core::Hold{
        "The NDES has not reported the outcome of the request, and the CA does not know it"};
    if (auto issued = parts_.ask(one)) news = std::move(*issued);
    const auto completed =
        parts_.enrollments.complete(one.ticket, news, parts_.new_job_id(), parts_.clock.now());
    if (!completed.ok()) {
      parts_.storage.failed(completed.error());
      return kOverduePause;
    }
    parts_.logger.warning("registration.unheard",
                          "An NDES did not report the outcome of a request.",
                          {{"job", one.job.key.id},
                           {"found", std::holds_alternative<core::Issued>(news) ? "yes" : "no"}});
    parts_.completed(one.job.ca);
  }
  return silent->size() < kMostOverdue ? kOverduePause : Duration(0);
}

}  // namespace certconnector::ndes
