// Kept connections to one server, for the requests of many threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "common/http/client_connection.h"
#include "common/http/name_lookup.h"

namespace certconnector::http {

// Thread-safe. Requests must be fit to be sent twice: a server may close a kept connection while a
// request is on its way, and the pool then sends it again on a new one.
class ConnectionPool {
 public:
  // At most `most` connections at once: further requests wait for one. Errors: bad_tls.
  [[nodiscard]] static Result<std::unique_ptr<ConnectionPool>> open(
      const Peer& peer, std::size_t most, NameLookup::Resolve resolve = http::resolve);
  // No exchange is under way then. Waits for a look-up: NameLookup.
  ~ConnectionPool() = default;
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // As fetch(); waiting for a connection and looking the name up count as well.
  [[nodiscard]] Result<Response> exchange(const Request& request, const FetchLimits& limits);

 private:
  using Connection = std::unique_ptr<ClientConnection>;
  struct Idle {
    Connection connection;
    std::chrono::steady_clock::time_point since;
  };
  class Turn;

  ConnectionPool(const Peer& peer, TlsContext context, std::size_t most,
                 NameLookup::Resolve resolve);
  // A connection that was kept; null: make one. Errors: no_answer.
  [[nodiscard]] Result<Connection> take(const ExchangeLimits& limits);
  void give_back(Connection connection);
  [[nodiscard]] Result<Connection> connect(const ExchangeLimits& limits);

  const Peer peer_;
  const TlsContext context_;
  const std::size_t most_;
  NameLookup lookup_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t busy_ = 0;
  std::vector<Idle> idle_;  // the one that was used last is the last
};

}  // namespace certconnector::http
