#include "tests/endpoint/server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <vector>

#include "tests/endpoint/errors.h"
#include "tests/endpoint/session.h"

namespace certconnector::endpoint {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

Error address_error(const std::string& address, const std::string& why) {
  return {EndpointErrc::network, ErrorKind::permanent, "cannot listen on " + address + ": " + why};
}

Result<tcp::endpoint> parse_address(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return address_error(address, "write it as HOST:PORT");
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  unsigned port = 0;
  const char* end = address.data() + address.size();
  const auto [rest, failed] = std::from_chars(address.data() + colon + 1, end, port);
  if (failed != std::errc() || rest != end || port > 65535) {
    return address_error(address, "the port must be 0 to 65535");
  }
  boost::system::error_code ec;
  const auto ip = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, ec);
  if (ec) return address_error(address, "the host must be an IP address or localhost");
  return tcp::endpoint(ip, static_cast<unsigned short>(port));
}

class AcceptingServer final : public Server {
 public:
  AcceptingServer(asio::io_context& io, std::shared_ptr<asio::ssl::context> tls, Handler& handler,
                  const ServerLimits& limits)
      : acceptor_(io), tls_(std::move(tls)), handler_(handler), limits_(limits) {}

  Status listen(const tcp::endpoint& endpoint, const std::string& address) {
    boost::system::error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(tcp::acceptor::max_listen_connections, ec);
    if (ec) return address_error(address, ec.message());
    bound_ = acceptor_.local_endpoint(ec);
    accept();
    return {};
  }

  [[nodiscard]] std::string host() const override { return bound_.address().to_string(); }
  [[nodiscard]] unsigned port() const override { return bound_.port(); }

  void stop() override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (const auto& weak : sessions_) {
      if (const auto session = weak.lock()) session->close_when_idle();
    }
  }

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code ec, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!ec) admit(std::move(socket));
      accept();
    });
  }

  void admit(tcp::socket socket) {
    sessions_.erase(std::remove_if(sessions_.begin(), sessions_.end(),
                                   [](const auto& weak) { return weak.expired(); }),
                    sessions_.end());
    // Over the cap the socket closes here, which the client sees as a refused connection.
    if (sessions_.size() >= limits_.max_connections) return;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto session = make_session(std::move(socket), tls_.get(), handler_, limits_);
    sessions_.push_back(session);
    session->start();
  }

  tcp::acceptor acceptor_;
  std::shared_ptr<asio::ssl::context> tls_;
  Handler& handler_;
  ServerLimits limits_;
  tcp::endpoint bound_;
  std::vector<std::weak_ptr<Session>> sessions_;
};

}  // namespace

Result<std::unique_ptr<Server>> make_server(asio::io_context& io, const std::string& address,
                                            std::shared_ptr<asio::ssl::context> tls,
                                            Handler& handler, const ServerLimits& limits) {
  CC_TRY_ASSIGN(const tcp::endpoint endpoint, parse_address(address));
  auto server = std::make_unique<AcceptingServer>(io, std::move(tls), handler, limits);
  CC_TRY(server->listen(endpoint, address));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace certconnector::endpoint
