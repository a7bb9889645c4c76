#include "agent/http/server.h"

#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/http/ip_network.h"
#include "agent/http/reply_gate.h"
#include "agent/http/session.h"
#include "agent/http/tls_context.h"

namespace certconnector::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

// After a failed accept (no file descriptors left): not at once again, and not never.
constexpr std::chrono::milliseconds kAcceptPause{200};

std::optional<tcp::endpoint> parse_endpoint(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  std::string address = listen.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  std::uint16_t port = 0;
  const char* end = listen.data() + listen.size();
  const auto [at, problem] = std::from_chars(listen.data() + colon + 1, end, port);
  boost::system::error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (problem != std::errc() || at != end || error) return std::nullopt;
  return tcp::endpoint(parsed, port);
}

std::string address_of(const Socket& socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return {};
  const auto address = remote.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

// In use, or an address that the network has yet to bring up; a port below 1024 stays refused.
ErrorKind kind_of_listen_error(const boost::system::error_code& error) {
  return error == asio::error::access_denied || error == asio::error::address_family_not_supported
             ? ErrorKind::permanent
             : ErrorKind::transient;
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
    case HttpErrc::bad_tls:
      return {"http", "bad_tls"};
    case HttpErrc::no_answer:
      return {"http", "no_answer"};
  }
  return {"http", "unknown"};
}

class Server::Listener {
 public:
  Listener(ServerSettings settings, TlsContext tls, Handler& handler, log::Logger& log)
      : settings_(std::move(settings)),
        tls_(std::move(tls)),
        log_(log),
        gate_(std::make_shared<ReplyGate>(
            io_, [this](RequestId to, Response response) { deliver(to, std::move(response)); })),
        session_settings_{settings_, handler, log, *gate_},
        work_(io_.get_executor()),
        acceptor_(io_),
        pause_(io_) {}

  Status open(const tcp::endpoint& endpoint) {
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (!error) return {};
    return Error(HttpErrc::cannot_listen, kind_of_listen_error(error),
                 "cannot listen on " + settings_.listen + ": " + error.message() +
                     "; choose another address, or free this one");
  }

  void run() {
    thread_ = std::thread([this] { serve(); });
  }

  void stop() {
    asio::post(io_, [this] {
      stopping_ = true;
      boost::system::error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      work_.reset();
      std::vector<std::shared_ptr<Session>> alive;  // a session that ends leaves sessions_
      for (const auto& [id, session] : sessions_) alive.push_back(session.lock());
      for (const auto& session : alive) {
        if (session) session->close();
      }
    });
    if (thread_.joinable()) thread_.join();
    gate_->close();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] bool has_tls() { return tls() != nullptr; }

  void replace_tls(TlsContext tls) {
    const std::lock_guard lock(tls_mutex_);
    tls_ = std::move(tls);
  }

 private:
  // One connection that fails in a way nobody thought of does not take the agent with it, nor does
  // it keep others from being accepted.
  void serve() {
    while (!io_.stopped()) {
      accept();
      try {
        io_.run();
      } catch (const std::exception& failure) {
        log_.error("http.connection_failed", "an HTTP connection ended with an internal error",
                   {{"error", failure.what()}});
      }
    }
  }

  // Runs when a connection ends as well, which may be while an exception is on its way: throws
  // nothing. Without memory to wait in it is tried again when the next connection ends.
  void accept() noexcept {
    if (stopping_ || accepting_ || sessions_.size() >= settings_.max_connections) return;
    accepting_ = true;
    try {
      acceptor_.async_accept([this](boost::system::error_code error, Socket socket) {
        accepting_ = false;
        on_accepted(error, std::move(socket));
      });
    } catch (const std::exception&) {
      accepting_ = false;
    }
  }

  void on_accepted(boost::system::error_code error, Socket socket) {
    if (stopping_) return;
    if (error) {
      log_.warning("http.accept_failed", "a connection could not be accepted",
                   {{"error", error.message()}});
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](boost::system::error_code /*canceled*/) { accept(); });
      return;
    }
    open_session(std::move(socket));
    accept();
  }

  void open_session(Socket socket) {
    std::string peer = address_of(socket);
    std::string key = settings_.max_connections_per_address == 0 ? "" : limit_key(peer);
    if (!key.empty() && ++connections_[key] > settings_.max_connections_per_address) {
      return left(key);  // and the socket closes
    }
    const std::uint64_t id = ++last_id_;
    // Whatever is thrown from here on, the place is free again.
    std::shared_ptr<const void> place(nullptr, [this, id, key = std::move(key)](const void*) {
      sessions_.erase(id);
      left(key);
      accept();
    });
    const auto session = make_session(
        {std::move(socket), id, std::move(peer), tls(), std::move(place)}, session_settings_);
    sessions_.emplace(id, session);
    session->run();
  }

  // One connection less from this client.
  void left(const std::string& key) {
    const auto found = connections_.find(key);
    if (found != connections_.end() && --found->second == 0) connections_.erase(found);
  }

  TlsContext tls() {
    const std::lock_guard lock(tls_mutex_);
    return tls_;
  }

  void deliver(RequestId to, Response response) {
    const auto found = sessions_.find(to.session);
    const auto session = found == sessions_.end() ? nullptr : found->second.lock();
    if (session) session->answer(to.number, std::move(response));
  }

  const ServerSettings settings_;
  std::mutex tls_mutex_;
  TlsContext tls_;  // null: plain
  log::Logger& log_;
  std::unordered_map<std::uint64_t, std::weak_ptr<Session>> sessions_;
  std::unordered_map<std::string, std::size_t> connections_;  // by limit_key(), when limited
  std::uint64_t last_id_ = 0;
  bool stopping_ = false;
  bool accepting_ = false;
  asio::io_context io_{1};  // after what its handlers use
  const std::shared_ptr<ReplyGate> gate_;
  const SessionSettings session_settings_;
  // While every connection waits for an answer there is nothing else to keep the thread.
  asio::executor_work_guard<Executor> work_;
  Acceptor acceptor_;
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

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
