#include "agent/scep/responder.h"

#include <algorithm>
#include <utility>

#include "common/http/client_limit.h"
#include "common/text/letter_case.h"

namespace certconnector::scep {
namespace {

// Clients of Cisco's kind append this to the configured path.
constexpr std::string_view kProgram = "/pkiclient.exe";
constexpr std::string_view kCaCertType = "application/x-x509-ca-ra-cert";
constexpr std::string_view kNextCaCertType = "application/x-x509-next-ca-cert";

http::Response from_memory(std::string_view content_type, std::shared_ptr<const Bytes> body) {
  http::Response response;
  response.content_type = content_type;
  response.body = std::move(body);
  return response;
}

// As NDES does: 403 says here that the service is up and that a browser is no SCEP client.
http::Response health_page(const Service& service, Timestamp now) {
  if (!service.can_enroll(now)) {
    const std::string problem = service.problem();
    return http::text_response(
        503, "The SCEP service is up but cannot enroll yet: " +
                 (problem.empty() ? std::string("its RA certificate is not there") : problem) +
                 ". On the server, run: certconnector scep list");
  }
  return http::text_response(
      403,
      "The SCEP service works. This address is for devices; there is nothing to see with a "
      "browser. "
      "If devices do not enroll, look at what ?operation=GetCACaps answers here (200 and a list), "
      "and on the server run: certconnector scep list, and `certconnector scep explain TEXT`, "
      "where "
      "TEXT is the device's transaction id or a part of its subject.");
}

// People paste addresses with a slash at the end.
std::string without_slashes(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

http::Response bad_request(std::string_view why) {
  return http::text_response(400, std::string(why));
}

http::Response come_again(const std::string& why) {
  http::Response response = http::text_response(503, why);
  response.headers.emplace_back("Retry-After", "30");
  return response;
}

}  // namespace

void Responder::set_services(const Services& services) {
  std::map<std::string, std::shared_ptr<const Service>> by_path;
  for (const auto& service : services) {
    // Clients of Windows write paths as they like.
    for (const std::string& path : service->settings().paths)
      by_path[text::to_lower(path)] = service;
  }
  const std::lock_guard lock(mutex_);
  services_ = std::move(by_path);
}

std::shared_ptr<const Service> Responder::find(const std::string& asked) const {
  const std::string path = without_slashes(text::to_lower(asked));
  const std::lock_guard lock(mutex_);
  const auto found = services_.find(path);
  if (found != services_.end()) return found->second;
  const bool longer = path.size() > kProgram.size() &&
                      path.compare(path.size() - kProgram.size(), kProgram.size(), kProgram) == 0;
  if (!longer) return nullptr;
  const auto without =
      services_.find(without_slashes(path.substr(0, path.size() - kProgram.size())));
  return without == services_.end() ? nullptr : without->second;
}

void Responder::handle(http::Request request, http::Reply reply) {
  const std::shared_ptr<const Service> service = find(request.path);
  if (!service) return otherwise_.handle(std::move(request), std::move(reply));
  answer(service, request, std::move(reply));
}

void Responder::answer(const std::shared_ptr<const Service>& service, http::Request& request,
                       http::Reply reply) {
  if (request.method != "GET" && request.method != "POST" && request.method != "HEAD") {
    http::Response refused = http::text_response(405, "GET and POST only");
    refused.headers.emplace_back("Allow", "GET, HEAD, POST");
    return reply.send(std::move(refused));
  }
  auto query = parse_query(request.query);
  if (!query.ok()) return reply.send(bad_request(query.error().message()));
  // Only a PKIOperation is posted.
  if (request.method == "POST" && query->operation_name.empty()) {
    query->operation = Operation::pki_operation;
  }
  if (!query->operation) {
    if (query->operation_name.empty())
      return reply.send(health_page(*service, parts_.clock.wall()));
    return reply.send(bad_request("there is no such SCEP operation"));
  }
  const PublishedAnswers published = service->published();
  switch (*query->operation) {
    case Operation::get_ca_caps:
      return reply.send(from_memory("text/plain", published.capabilities));
    case Operation::get_ca_cert:
      if (!published.certificates) {
        return reply.send(come_again("the RA certificate is not there yet"));
      }
      return reply.send(from_memory(kCaCertType, published.certificates));
    case Operation::get_next_ca_cert:
      if (!published.next_certificates) {
        return reply.send(http::text_response(404, "there is no next CA certificate"));
      }
      return reply.send(from_memory(kNextCaCertType, published.next_certificates));
    case Operation::pki_operation:
      return operate(service, *query, request, std::move(reply));
  }
}

void Responder::operate(std::shared_ptr<const Service> service, const Query& query,
                        http::Request& request, http::Reply reply) {
  if (const auto wait = parts_.front_end.guesses->look(request.peer)) {
    return reply.send(http::too_many_requests(*wait));
  }
  Bytes message;
  if (request.method == "POST") {
    message = as_bytes(request.body).to_bytes();
  } else {
    auto decoded = decode_message(query.message);
    if (!decoded.ok()) return reply.send(bad_request(decoded.error().message()));
    message = std::move(*decoded);
  }
  if (message.empty()) return reply.send(bad_request("PKIOperation needs a message"));
  // std::function copies its content, and a reply exists once.
  auto waiting = std::make_shared<http::Reply>(std::move(reply));
  auto task = [this, service = std::move(service), message = std::move(message),
               peer = std::move(request.peer), waiting]() mutable {
    PkiOperation::run(parts_, std::move(service), message, std::move(peer), std::move(*waiting));
  };
  if (!parts_.front_end.pool.post(std::move(task)))
    waiting->send(come_again("too many requests wait"));
}

}  // namespace certconnector::scep
