#include "agent/doctor/parts.h"

#include "agent/app/listen_error.h"
#include "agent/platform/files.h"
#include "agent/platform/time_service.h"
#include "common/http/client_connection.h"
#include "common/http/server.h"

namespace certconnector::doctor {
namespace {

Result<std::vector<std::string>> look_up(const std::string& host, std::uint16_t port) {
  CC_TRY_ASSIGN(const http::Endpoints found, http::resolve(host, port));
  std::vector<std::string> addresses;
  for (const auto& one : found) addresses.push_back(one.endpoint().address().to_string());
  return addresses;
}

class Silent final : public http::Handler {
 public:
  void handle(http::Request /*request*/, http::Reply reply) override {
    reply.send(http::text_response(503, "not here"));
  }
};

Status try_to_listen(const std::string& address) {
  http::ServerSettings settings;
  settings.listen = address;
  Silent handler;
  log::NullLogger logger;
  const auto server = http::Server::start(settings, handler, logger);
  return server.ok() ? Status() : Status(app::listen_error(server.error()));
}

}  // namespace

Parts parts_of_machine(const Clock& clock, const keys::MachineStore& store) {
  return {clock,
          store,
          {},
          control::connect_control,
          look_up,
          [](const http::Peer& peer, const http::Request& request,
             const http::FetchLimits& limits) { return http::fetch(peer, request, limits); },
          try_to_listen,
          platform::free_room,
          platform::clock_is_synchronized,
          windows_server()};
}

}  // namespace certconnector::doctor
