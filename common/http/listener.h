// The implementation of a Server: the port, its connections, and the thread that serves them.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "common/http/connection_budget.h"
#include "common/http/reply_gate.h"
#include "common/http/server.h"
#include "common/http/session.h"
#include "common/http/tls_context.h"

namespace certconnector::http {

// Life: open(), run(), stop(). `handler` and `log` outlive it.
class Listener {
 public:
  Listener(ServerSettings settings, TlsContext tls, Handler& handler, log::Logger& log);

  // Errors: cannot_listen.
  [[nodiscard]] Status open(const boost::asio::ip::tcp::endpoint& endpoint);
  void run();
  // Closes every connection and joins the thread.
  void stop();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Thread-safe.
  [[nodiscard]] bool has_tls() { return tls() != nullptr; }
  void replace_tls(TlsContext tls);

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
  class Place;

  void serve();
  void accept() noexcept;
  void on_accepted(boost::system::error_code error, Socket socket);
  void pause(boost::system::error_code error);
  void open_session(Socket socket);
  [[nodiscard]] TlsContext tls();
  void deliver(RequestId to, Response response);

  // Cuts what is over the limits after a change of this connection.
  void keep_limits(std::uint64_t changed);
  void note_cut(const std::string& peer);
  void left(std::uint64_t id) noexcept;
  void note_calm();

  struct Open {
    std::weak_ptr<Session> session;
    std::string peer;
  };

  const ServerSettings settings_;
  std::mutex tls_mutex_;
  TlsContext tls_;  // null: plain
  log::Logger& log_;
  std::unordered_map<std::uint64_t, Open> sessions_;
  ConnectionBudget budget_;
  std::size_t most_held_ = 0;  // octets, since memory was given back last
  std::size_t cut_ = 0;        // connections, since all was within the limits
  std::uint64_t last_id_ = 0;
  bool stopping_ = false;
  bool accepting_ = false;
  bool pausing_ = false;           // after an accept that failed
  bool failing_ = false;           // and the log says so
  boost::asio::io_context io_{1};  // after what its handlers use
  const std::shared_ptr<ReplyGate> gate_;
  const SessionSettings session_settings_;
  // While every connection waits for an answer there is nothing else to keep the thread.
  boost::asio::executor_work_guard<Executor> work_;
  Acceptor acceptor_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer calm_;  // until memory is given back
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace certconnector::http
