#include "common/http/server.h"

#include <optional>
#include <utility>

#include "common/http/listener.h"
#include "common/http/tls_context.h"
#include "common/net/address/host_port.h"

namespace certconnector::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::optional<tcp::endpoint> parse_endpoint(const std::string& listen) {
  const auto parsed = net::parse_host_port(listen);
  if (!parsed || !parsed->port) return std::nullopt;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(parsed->host, error);
  if (error) return std::nullopt;
  return tcp::endpoint(address, *parsed->port);
}

// The key is in OpenSSL's hands by then, and needed nowhere else.
ServerSettings without_secrets(ServerSettings settings) {
  settings.tls.reset();
  return settings;
}

}  // namespace

ErrorCode error_code(HttpErrc errc) {
  switch (errc) {
    case HttpErrc::bad_address:
      return {"http", "bad_address"};
    case HttpErrc::cannot_listen:
      return {"http", "cannot_listen"};
    case HttpErrc::low_port:
      return {"http", "low_port"};
    case HttpErrc::bad_tls:
      return {"http", "bad_tls"};
    case HttpErrc::untrusted:
      return {"http", "untrusted"};
    case HttpErrc::no_answer:
      return {"http", "no_answer"};
  }
  return {"http", "unknown"};
}

Status check_tls(const TlsSettings& settings) {
  CC_TRY(make_tls_context(settings));
  return {};
}

Result<std::unique_ptr<Server>> Server::start(const ServerSettings& settings, Handler& handler,
                                              log::Logger& log) {
  const auto endpoint = parse_endpoint(settings.listen);
  if (!endpoint) {
    return Error(HttpErrc::bad_address, ErrorKind::permanent,
                 "\"" + settings.listen +
                     "\" is not ADDRESS:PORT; write an IP address and a port, as 0.0.0.0:8080 or "
                     "[::]:8080");
  }
  TlsContext tls;
  if (settings.tls) {
    CC_TRY_ASSIGN(tls, make_tls_context(*settings.tls));
  }
  auto listener = std::make_unique<Listener>(without_secrets(settings), tls, handler, log);
  CC_TRY(listener->open(*endpoint));
  listener->run();
  return std::unique_ptr<Server>(new Server(std::move(listener)));
}

Server::Server(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

Server::~Server() { listener_->stop(); }

std::uint16_t Server::port() const { return listener_->port(); }

Status Server::replace_tls(const TlsSettings& settings) {
  if (!listener_->has_tls()) {
    return Error(HttpErrc::bad_tls, ErrorKind::permanent,
                 "this listener was started without TLS; restart it to serve TLS");
  }
  CC_TRY_ASSIGN(auto tls, make_tls_context(settings));
  listener_->replace_tls(std::move(tls));
  return {};
}

}  // namespace certconnector::http
